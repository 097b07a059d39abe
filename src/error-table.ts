/** Every error a client can see. Texts are fixed: no upstream text, no secret, no host name, no rejected value. */

interface ErrorRow {
  readonly status: number;
  /** OpenAI's `error.type`, by which its SDKs choose their exception class. */
  readonly type: string;
  readonly meaning: string;
}

/** code → status, type, and what to do about it. */
export const ERRORS = {
  invalid_json: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The body is not one JSON object in valid UTF-8.",
  },
  json_too_deep: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The body nests deeper than 64 levels.",
  },
  invalid_field: {
    status: 400,
    type: "invalid_request_error",
    meaning: "A field is unknown or not allowed here.",
  },
  invalid_value: {
    status: 400,
    type: "invalid_request_error",
    meaning: "A field has the wrong type or is out of range.",
  },
  invalid_directive: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The directive at the beginning of a message is malformed.",
  },
  unsupported_parameter: {
    status: 400,
    type: "invalid_request_error",
    meaning: "No candidate can honour this parameter.",
  },
  bad_target: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The row names a provider or a model that does not exist.",
  },
  previous_response_not_found: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The previous response is not known here. Send the whole conversation.",
  },
  context_length_exceeded: {
    status: 400,
    type: "invalid_request_error",
    meaning:
      "The request is larger than the context of every eligible model. Shorten it or lower max_tokens.",
  },
  missing_or_invalid_key: {
    status: 401,
    type: "authentication_error",
    meaning: "The API key is missing or not valid. Send it as Authorization: Bearer thk_…",
  },
  wrong_password: {
    status: 401,
    type: "authentication_error",
    meaning: "The password is wrong. Nothing was changed.",
  },
  missing_or_invalid_session: {
    status: 401,
    type: "authentication_error",
    meaning: "Sign in with the admin token first.",
  },
  budget_exceeded: {
    status: 402,
    type: "budget_exceeded_error",
    meaning:
      "The budget cannot pay for any candidate. Raise max_budget_usd, lower max_tokens, or allow a cheaper model.",
  },
  insufficient_scope: {
    status: 403,
    type: "permission_error",
    meaning: "This key may not use this route.",
  },
  forbidden_origin: {
    status: 403,
    type: "permission_error",
    meaning: "A write needs JSON and the Origin of this gateway.",
  },
  step_up_required: {
    status: 403,
    type: "permission_error",
    meaning:
      "Repeat the request with the header x-tokenhub-step-up: the vault password, or the admin token while there is no vault.",
  },
  model_not_found: {
    status: 404,
    type: "not_found_error",
    meaning:
      "The model does not exist or this key may not use it. GET /v1/models lists what it may use.",
  },
  not_found: { status: 404, type: "not_found_error", meaning: "There is nothing at this path." },
  method_not_allowed: {
    status: 405,
    type: "invalid_request_error",
    meaning: "This path does not take this method.",
  },
  timeout: {
    status: 408,
    type: "timeout_error",
    meaning: "The request body did not arrive in time.",
  },
  conflict: {
    status: 409,
    type: "invalid_request_error",
    meaning: "Somebody else changed this at the same time. Read it again and repeat.",
  },
  vault_uninitialised: {
    status: 409,
    type: "invalid_request_error",
    meaning: "The vault has no password yet. Set one first.",
  },
  vault_already_initialised: {
    status: 409,
    type: "invalid_request_error",
    meaning: "The vault has a password already. Unlock it instead.",
  },
  version_mismatch: {
    status: 412,
    type: "invalid_request_error",
    meaning: "The row was changed since it was read. Read it again and repeat.",
  },
  too_large: {
    status: 413,
    type: "request_too_large",
    meaning: "The body is larger than allowed.",
  },
  unsupported_media_type: {
    status: 415,
    type: "invalid_request_error",
    meaning: "Send application/json in UTF-8, without content-encoding.",
  },
  misdirected_request: {
    status: 421,
    type: "invalid_request_error",
    meaning:
      "This gateway does not answer for that host name. Set TOKENHUB_PUBLIC_URL to the one in use.",
  },
  invalid_secret_format: {
    status: 422,
    type: "invalid_request_error",
    meaning: "The secret cannot be one: its length or its characters are wrong.",
  },
  no_eligible_model: {
    status: 422,
    type: "invalid_request_error",
    meaning: "The policy of this request excludes every model.",
  },
  headers_too_large: {
    status: 431,
    type: "invalid_request_error",
    meaning: "The request's headers are larger than 16 KiB.",
  },
  rate_limited: {
    status: 429,
    type: "rate_limit_error",
    meaning: "Too many requests. Wait as Retry-After says.",
  },
  internal: { status: 500, type: "api_error", meaning: "Tokenhub failed. Report the request id." },
  strip_invariant: {
    status: 500,
    type: "api_error",
    meaning: "Tokenhub failed before anything was sent. Report the request id.",
  },
  bad_upstream_response: {
    status: 502,
    type: "api_error",
    meaning: "The provider's answer was not usable.",
  },
  schema_mismatch: {
    status: 502,
    type: "api_error",
    meaning: "The answer has not the form that was asked for, and the model could not mend it.",
  },
  upstream_error: { status: 502, type: "api_error", meaning: "Every provider tried failed." },
  no_provider: { status: 503, type: "api_error", meaning: "No provider can take the request now." },
  egress_denied: {
    status: 503,
    type: "api_error",
    meaning: "The provider's address is not allowed by this gateway's egress policy.",
  },
  vault_sealed: {
    status: 503,
    type: "api_error",
    meaning:
      "The vault is sealed, so the provider keys in it cannot be used. An admin has to unlock it.",
  },
  vault_tampered: {
    status: 503,
    type: "api_error",
    meaning: "The vault was changed outside of Tokenhub. Restore it from a backup.",
  },
  credential_unreadable: {
    status: 503,
    type: "api_error",
    meaning: "A stored provider key cannot be decrypted. Set it again.",
  },
  credential_origin_mismatch: {
    status: 503,
    type: "api_error",
    meaning: "A stored provider key was set for another address. Set it again.",
  },
  kdf_busy: {
    status: 503,
    type: "overloaded_error",
    meaning: "Another password is being checked. Try again in a second.",
  },
  overloaded: {
    status: 503,
    type: "overloaded_error",
    meaning: "The gateway is full. Try again shortly.",
  },
  misconfigured: {
    status: 503,
    type: "api_error",
    meaning: "The gateway is not set up correctly. Its log names the setting.",
  },
  deadline_exceeded: {
    status: 504,
    type: "timeout_error",
    meaning: "The request's own deadline passed.",
  },
} as const satisfies Record<string, ErrorRow>;
