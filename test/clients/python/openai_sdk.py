"""The official OpenAI SDK for Python against a running gateway. See README.md beside this file."""

import argparse
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
from pydantic import BaseModel

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
BROKEN_PORT = 18099


class Answer(BaseModel):
    city: str
    degrees: int


class Broken(BaseHTTPRequestHandler):
    """The upstream of gateway.yaml: 500, or a stream that is cut after its first word."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not body["model"].endswith("stream"):
            self.send_response(500)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        delta = {"role": "assistant", "content": "word"}
        chunk = {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()
        # The word must be on its way before the end is.
        time.sleep(0.3)
        self.close_connection = True

    def log_message(self, *_):
        pass


class Checks:
    def __init__(self, given):
        self.given = given
        self.client = self.client_of(given.key)

    def client_of(self, key, retries=0):
        return openai.OpenAI(base_url=self.given.base_url, api_key=key, max_retries=retries)

    def ask(self, client=None, **fields):
        completions = (client or self.client).chat.completions
        return completions.create(**{"model": self.given.model, "messages": HELLO, **fields})

    def chat(self):
        completion = self.ask()
        assert completion.choices[0].message.content, completion
        assert completion.usage.total_tokens > 0, completion
        assert completion._request_id.startswith("req_"), completion._request_id
        decided = self.ask(extra_body={"tokenhub": {"include_decision": True}})
        assert decided.tokenhub["decision"]["attempts"], decided

    def stream(self):
        whole = self.ask().choices[0].message.content
        chunks = list(self.ask(stream=True, stream_options={"include_usage": True}))
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert text == whole, (text, whole)
        assert chunks[-1].usage.total_tokens > 0, chunks[-1]
        assert len({chunk.model for chunk in chunks}) == 1

    def tools(self):
        forced = {"type": "function", "function": {"name": "weather"}}
        message = self.ask(tools=[WEATHER], tool_choice=forced).choices[0].message
        [call] = message.tool_calls
        assert "city" in json.loads(call.function.arguments), call
        result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
        after = self.ask(messages=[*HELLO, message, result], tools=[WEATHER])
        assert after.choices[0].message.content, after

    def streamed_tools(self):
        forced = {"type": "function", "function": {"name": "weather"}}
        asked = {"model": self.given.model, "messages": HELLO, "tools": [WEATHER], "tool_choice": forced}
        with self.client.chat.completions.stream(**asked) as stream:
            final = stream.get_final_completion()
        [call] = final.choices[0].message.tool_calls
        assert "city" in json.loads(call.function.arguments), call

    def structured_output(self):
        completions = self.client.chat.completions
        parsed = completions.parse(model=self.given.model, messages=HELLO, response_format=Answer)
        assert isinstance(parsed.choices[0].message.parsed, Answer), parsed

    def models(self):
        ids = [model.id for model in self.client.models.list()]
        assert "tokenhub/auto" in ids, ids
        for model in ids:
            assert self.client.models.retrieve(model).id == model

    def errors(self):
        expect(openai.BadRequestError, "invalid_value", lambda: self.ask(messages=[]))
        expect(openai.NotFoundError, "model_not_found", lambda: self.ask(model="no/such"))
        wrong = self.client_of("sk-not-ours")
        expect(openai.AuthenticationError, "missing_or_invalid_key", lambda: self.ask(wrong))
        nowhere = {"tokenhub": {"policy": {"labels": ["nowhere"]}}}
        ask = lambda: self.ask(model="tokenhub/auto", extra_body=nowhere)
        expect(openai.UnprocessableEntityError, "no_eligible_model", ask)

    def permission(self):
        lister = self.client_of(self.given.models_key)
        expect(openai.PermissionDeniedError, "insufficient_scope", lambda: self.ask(lister))

    def rate_limit(self):
        slow = self.client_of(self.given.rpm_key)
        found = expect(openai.RateLimitError, "rate_limited", lambda: [self.ask(slow), self.ask(slow)])
        assert 0 < int(found.response.headers["retry-after"]) <= 60
        assert found.response.headers["x-should-retry"] == "true"

    def server_error(self):
        eager = self.client_of(self.given.key, retries=2)
        ask = lambda: self.ask(eager, model="broken/status")
        found = expect(openai.InternalServerError, "upstream_error", ask)
        assert found.response.headers["x-should-retry"] == "false"

    def broken_stream(self):
        words = []

        def read():
            for chunk in self.ask(model="broken/stream", stream=True):
                words.append(chunk.choices[0].delta.content)

        expect(openai.APIError, "upstream_error", read)
        assert words == ["word"], words

    def leaving(self):
        stream = self.ask(stream=True)
        next(iter(stream))
        stream.close()
        assert self.ask().choices

    def plan(self):
        """Name, check, and what it needs that is not there."""
        served = {model.id for model in self.client.models.list()}
        broken = None if "broken/stream" in served else "the models of gateway.yaml"
        yield from ((check.__name__, check, None) for check in [
            self.chat, self.stream, self.tools, self.streamed_tools,
            self.structured_output, self.models, self.errors, self.leaving,
        ])
        yield "permission", self.permission, None if self.given.models_key else "--models-key"
        yield "rate_limit", self.rate_limit, None if self.given.rpm_key else "--rpm-key"
        yield "server_error", self.server_error, broken
        yield "broken_stream", self.broken_stream, broken


def expect(kind, code, act):
    try:
        act()
    except kind as error:
        assert error.code == code, (error.code, code)
        return error
    raise AssertionError(f"no {kind.__name__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url", help="with /v1")
    parser.add_argument("key")
    parser.add_argument("--model", default="simulated/large", help="takes tools and JSON schemas")
    parser.add_argument("--models-key", help="a key with the scope models only")
    parser.add_argument("--rpm-key", help="a fresh key with one request per minute")
    checks = Checks(parser.parse_args())
    server = ThreadingHTTPServer(("127.0.0.1", BROKEN_PORT), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"openai {openai.__version__}, {checks.given.base_url}")
    failed = 0
    for name, check, lacking in checks.plan():
        if lacking:
            print(f"left out  {name}: needs {lacking}")
            continue
        try:
            check()
            print(f"ok        {name}")
        except Exception as error:
            failed += 1
            print(f"FAILED    {name}: {type(error).__name__}: {error}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
