"""The official Anthropic SDK for Python against a running gateway whose provider speaks OpenAI's dialect. See README.md
beside this file."""

import argparse
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anthropic
from anthropic import beta_tool

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "name": "weather",
    "description": "What the weather is.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}
SCRIPTED_PORT = 18098
USAGE = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}


class Scripted(BaseHTTPRequestHandler):
    """The upstream of gateway.yaml: OpenAI's chat completions, by the name of the model."""

    protocol_version = "HTTP/1.1"
    asked = {}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        name = body["model"].split("/")[-1]
        self.asked[name] = self.asked.get(name, 0) + 1
        if name == "busy" and self.asked[name] == 1:
            return self.refuse(429, "rate_limit_exceeded", {"retry-after": "1"})
        if name == "full":
            return self.refuse(400, "context_length_exceeded")
        if name == "down":
            return self.refuse(500, "server_error")
        message = self.message_of(body)
        reason = "tool_calls" if "tool_calls" in message else "stop"
        if body.get("stream"):
            return self.stream(message, reason, whole=name != "cut")
        choice = {"index": 0, "message": message, "finish_reason": reason}
        self.answer(200, {"id": "1", "object": "chat.completion", "choices": [choice], "usage": USAGE})

    def message_of(self, body):
        message = {"role": "assistant", "content": None}
        if body.get("reasoning_effort"):
            message["reasoning_content"] = "Let me see."
        last = body["messages"][-1]
        if body.get("tools") and last["role"] != "tool":
            call = {"name": "weather", "arguments": '{"city": "Bern"}'}
            return {**message, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
        heard = last["content"] if isinstance(last["content"], str) else last["content"][0]["text"]
        return {**message, "content": f"heard {heard} after {len(body['messages'])}"}

    def stream(self, message, reason, whole):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for call in message.get("tool_calls", []):
            call["index"] = 0
        self.chunk(choices=[{"index": 0, "delta": message}])
        if whole:
            self.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": reason}])
            self.chunk(choices=[], usage=USAGE)
            self.wfile.write(b"data: [DONE]\n\n")
        else:
            # The words must be on their way before the end is.
            time.sleep(0.3)
        self.close_connection = True

    def chunk(self, **fields):
        self.wfile.write(f"data: {json.dumps({'id': '1', 'object': 'chat.completion.chunk', **fields})}\n\n".encode())
        self.wfile.flush()

    def refuse(self, status, code, headers={}):
        self.answer(status, {"error": {"message": "No.", "type": "error", "code": code}}, headers)

    def answer(self, status, body, headers={}):
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Checks:
    def __init__(self, given):
        self.given = given
        self.client = self.client_of(given.key)

    def client_of(self, key, retries=0):
        return anthropic.Anthropic(base_url=self.given.base_url, api_key=key, max_retries=retries)

    def fields(self, **fields):
        return {"model": self.given.model, "max_tokens": 64, "messages": HELLO, **fields}

    def ask(self, client=None, **fields):
        return (client or self.client).messages.create(**self.fields(**fields))

    def create(self):
        message = self.ask(system="Be brief.")
        assert text_of(message) == "heard Hello after 2", message
        assert (message.model, message.stop_reason) == (self.given.model, "end_turn"), message
        assert (message.usage.input_tokens, message.usage.output_tokens) == (11, 5), message
        assert message._request_id.startswith("req_"), message._request_id

    def stream(self):
        with self.client.messages.stream(**self.fields()) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
        assert text == text_of(final) == "heard Hello after 1", (text, final)
        assert (final.usage.input_tokens, final.usage.output_tokens) == (11, 5), final
        kinds = [event.type for event in self.ask(stream=True)]
        assert (kinds[0], kinds[-1]) == ("message_start", "message_stop"), kinds

    def tools(self):
        message = self.ask(tools=[WEATHER])
        self.answer_tool(message)

    def streamed_tools(self):
        with self.client.messages.stream(**self.fields(tools=[WEATHER])) as stream:
            self.answer_tool(stream.get_final_message())

    def answer_tool(self, message):
        assert message.stop_reason == "tool_use", message
        [use] = [block for block in message.content if block.type == "tool_use"]
        assert (use.name, use.input) == ("weather", {"city": "Bern"}), use
        result = {"type": "tool_result", "tool_use_id": use.id, "content": "rain"}
        turns = [*HELLO, {"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
        after = self.ask(messages=turns, tools=[WEATHER])
        assert text_of(after) == "heard rain after 3", after

    def count_tokens(self):
        counted = self.client.messages.with_raw_response.count_tokens(model=self.given.model, messages=HELLO)
        assert counted.parse().input_tokens > 0, counted.parse()
        assert counted.headers["x-tokenhub-estimated"] == "true", counted.headers

    def thinking(self):
        message = self.ask(**THINKING)
        assert [block.type for block in message.content] == ["thinking", "text"], message
        assert message.content[0].thinking == "Let me see.", message
        with self.client.messages.stream(**self.fields(**THINKING)) as stream:
            final = stream.get_final_message()
        assert [block.type for block in final.content] == ["thinking", "text"], final
        turns = [*HELLO, {"role": "assistant", "content": message.content}, *HELLO]
        assert text_of(self.ask(messages=turns, **THINKING)) == "heard Hello after 3"

    def models(self):
        ids = [model.id for model in self.client.models.list()]
        assert "tokenhub/auto" in ids, ids
        for model in ids:
            assert self.client.models.retrieve(model).id == model

    def errors(self):
        expect(anthropic.BadRequestError, "invalid_request_error", lambda: self.ask(messages=[]))
        expect(anthropic.NotFoundError, "not_found_error", lambda: self.ask(model="no/such"))
        wrong = self.client_of("sk-not-ours")
        expect(anthropic.AuthenticationError, "authentication_error", lambda: self.ask(wrong))
        nowhere = {"tokenhub": {"policy": {"labels": ["nowhere"]}}}
        ask = lambda: self.ask(model="tokenhub/auto", extra_body=nowhere)
        expect(anthropic.UnprocessableEntityError, "invalid_request_error", ask)

    def overflow(self):
        ask = lambda: self.ask(model="scripted/full")
        found = expect(anthropic.BadRequestError, "invalid_request_error", ask)
        assert "prompt is too long" in found.message, found

    def server_error(self):
        eager = self.client_of(self.given.key, retries=2)
        ask = lambda: self.ask(eager, model="scripted/down")
        found = expect(anthropic.InternalServerError, "api_error", ask)
        assert found.response.headers["x-should-retry"] == "false"

    def broken_stream(self):
        words = []

        def read():
            with self.client.messages.stream(**self.fields(model="scripted/cut")) as stream:
                words.extend(stream.text_stream)

        expect(anthropic.APIError, "api_error", read)
        assert "".join(words) == "heard Hello after 1", words

    def retried(self):
        """Refused once by the provider; gateway or SDK, somebody asks again when it is time."""
        eager = self.client_of(self.given.key, retries=3)
        assert text_of(self.ask(eager, model="scripted/busy")) == "heard Hello after 1"
        assert Scripted.asked["busy"] == 2, Scripted.asked

    def permission(self):
        lister = self.client_of(self.given.models_key)
        expect(anthropic.PermissionDeniedError, "permission_error", lambda: self.ask(lister))

    def rate_limit(self):
        slow = self.client_of(self.given.rpm_key)
        ask = lambda: [self.ask(slow), self.ask(slow)]
        found = expect(anthropic.RateLimitError, "rate_limit_error", ask)
        assert 0 < int(found.response.headers["retry-after"]) <= 60
        assert found.response.headers["x-should-retry"] == "true"

    def tool_runner(self):
        for streams in (False, True):
            runner = self.runner(stream=streams)
            assert text_of(runner.until_done()) == "heard rain in Bern after 3", streams

    def unthreaded_runner(self):
        assert text_of(self.runner(thread=False).until_done()) == "heard rain in Bern after 3"

    def runner(self, **fields):
        return self.client.beta.messages.tool_runner(**self.fields(tools=[weather], **fields))

    def message_thread(self):
        """The provider cannot hold a conversation, so the SDK is told to send it whole."""
        asked = {"model": self.given.model, "max_tokens": 64}
        thread = self.client.beta.messages.thread(**asked, unsupported_request_behavior="continue_unthreaded")
        assert text_of(thread.send(*HELLO)) == "heard Hello after 1"
        assert text_of(thread.send(*HELLO)) == "heard Hello after 3"
        strict = self.client.beta.messages.thread(**asked)
        found = expect(anthropic.BadRequestError, "invalid_request_error", lambda: strict.send(*HELLO))
        assert found.body["error"]["details"]["error_code"] == "thread_unsupported_request", found.body

    def leaving(self):
        stream = self.ask(stream=True)
        next(iter(stream))
        stream.close()
        assert self.ask().content

    def plan(self):
        """Name, check, and what it needs that is not there."""
        checks = [
            self.create, self.stream, self.tools, self.streamed_tools, self.count_tokens, self.thinking, self.models,
            self.errors, self.overflow, self.server_error, self.broken_stream, self.retried,
            self.tool_runner, self.unthreaded_runner, self.message_thread, self.leaving,
        ]
        yield from ((check.__name__, check, None) for check in checks)
        yield "permission", self.permission, None if self.given.models_key else "--models-key"
        yield "rate_limit", self.rate_limit, None if self.given.rpm_key else "--rpm-key"


@beta_tool
def weather(city: str) -> str:
    """What the weather is.

    Args:
        city: where
    """
    return f"rain in {city}"


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def expect(kind, told, act):
    try:
        act()
    except kind as error:
        assert error.body["type"] == "error", error.body
        assert error.body["error"]["type"] == told, (error.body, told)
        return error
    raise AssertionError(f"no {kind.__name__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url", help="without /v1; of a gateway with gateway.yaml")
    parser.add_argument("key")
    parser.add_argument("--model", default="scripted/large", help="one that this script plays")
    parser.add_argument("--models-key", help="a key with the scope models only")
    parser.add_argument("--rpm-key", help="a fresh key with one request per minute")
    checks = Checks(parser.parse_args())
    server = ThreadingHTTPServer(("127.0.0.1", SCRIPTED_PORT), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"anthropic {anthropic.__version__}, {checks.given.base_url}")
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
