// What the SDK does when it is refused: REFUSE with statuses tells the scripted
// model how often to refuse this text, `429/1` with Retry-After.
import assert from "node:assert/strict";
import { Anthropic, ask, connect, run } from "./check.mjs";

const once = connect();
const twice = connect({ maxRetries: 2 });

async function refused(promise, status, type, kind) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Anthropic.APIError, String(error));
    assert.equal(error.status, status);
    assert.equal(error.constructor, kind ?? Anthropic.APIError, error.message);
    assert.equal(error.error.type, "error");
    assert.equal(error.error.error.type, type);
    assert.match(error.requestID, /^req_/);
    assert.equal(error.error.request_id, error.requestID);
    return error;
  }
  assert.fail("no error");
}

// Classes that only the SDK 1.x has; the SDK 0.x takes the nearest.
const or = (name, other) => Anthropic[name] ?? Anthropic[other];
const words = (message) => message.content[0].text;

await run({
  async "every status has its class, its type and its words"() {
    let error = await refused(
      once.messages.create(ask("x", { max_tokens: 0 })),
      400,
      "invalid_request_error",
      Anthropic.BadRequestError,
    );
    assert.match(error.message, /max_tokens: Input should be greater than/);
    const stranger = connect({ apiKey: "cr_" + "0".repeat(64) });
    error = await refused(
      stranger.messages.create(ask("x")),
      401,
      "authentication_error",
      Anthropic.AuthenticationError,
    );
    const narrow = connect({ apiKey: process.env.NARROW_KEY });
    error = await refused(
      narrow.messages.create(ask("x")),
      403,
      "permission_error",
      Anthropic.PermissionDeniedError,
    );
    assert.match(error.message, /may not use the model/);
    error = await refused(
      once.messages.create(ask("x", { model: "claude-nobody-has" })),
      404,
      "not_found_error",
      Anthropic.NotFoundError,
    );
    error = await refused(
      once.messages.create(ask("x".repeat(33 * 1024 * 1024 + 1024))),
      413,
      "request_too_large",
      or("ContentTooLargeError", "APIError"),
    );
    for (const [status, seen, type, kind] of [
      [400, 400, "invalid_request_error", Anthropic.BadRequestError],
      [429, 429, "rate_limit_error", Anthropic.RateLimitError],
      [500, 502, "api_error", Anthropic.InternalServerError],
      [503, 529, "overloaded_error", or("OverloadedError", "InternalServerError")],
      [504, 504, "timeout_error", or("GatewayTimeoutError", "InternalServerError")],
    ]) {
      for (const stream of [false, true]) {
        error = await refused(
          once.messages.create(
            ask(`REFUSE ${status} ${status} once, ${stream}`, { stream }),
          ),
          seen,
          type,
          kind,
        );
        assert.match(error.message, /words of the backend/);
      }
    }
  },
  async "a busy backend is asked again, also for a stream"() {
    assert.equal(
      words(await twice.messages.create(ask("REFUSE 503 529 plain"))),
      "After 2 refusals.",
    );
    assert.equal(
      words(await twice.messages.stream(ask("REFUSE 503 500 streamed")).finalMessage()),
      "After 2 refusals.",
    );
  },
  async "Retry-After is waited for"() {
    const began = Date.now();
    assert.equal(
      words(await twice.messages.create(ask("REFUSE 429/2 patiently"))),
      "After 1 refusals.",
    );
    const took = Date.now() - began;
    assert.ok(took >= 1900 && took < 8000, `it took ${took} ms`);
  },
  async "retries end"() {
    await refused(
      connect({ maxRetries: 1 }).messages.create(
        ask("REFUSE 503 503 503 to the end"),
      ),
      529,
      "overloaded_error",
      or("OverloadedError", "InternalServerError"),
    );
  },
  async "what cannot get better is asked once"() {
    await refused(
      twice.messages.create(ask("REFUSE 400 400 400 for good")),
      400,
      "invalid_request_error",
      Anthropic.BadRequestError,
    );
    // The gateway's own credentials: x-should-retry says no to a 502.
    await refused(
      twice.messages.create(ask("REFUSE 401 401 401 for good")),
      502,
      "api_error",
      Anthropic.InternalServerError,
    );
  },
});
