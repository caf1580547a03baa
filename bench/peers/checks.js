// What ours does around each answer, for the peers that are measured with it too: token, transaction id, metrics, log.
import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import pino from "pino";
import { Counter, Histogram } from "prom-client";

export const wanted = process.env.BENCH_CHECKS === "1";

const labels = ["route", "method", "status"];
const seconds = new Histogram({ name: "bench_request_seconds", help: "Duration of requests.", labelNames: labels });
const requests = new Counter({ name: "bench_requests_total", help: "Requests.", labelNames: ["route", "status"] });
const log = pino(pino.destination("/dev/null"));
const remembered = new Map();

// The caller's claims; null when the token does not hold. A token seen before is known by its digest.
function claimsOf(authorization = "") {
  const digest = createHash("sha256").update(authorization).digest("base64");
  const known = remembered.get(digest);
  if (known !== undefined && known.endsAt > Date.now()) return known.claims;
  const [head, body, signature] = authorization.replace(/^bearer /i, "").split(".");
  if (signature === undefined) return null;
  const expected = createHmac("sha256", process.env.BENCH_KEY).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  if (claims.exp * 1000 < Date.now()) return null;
  remembered.set(digest, { endsAt: Math.min(claims.exp * 1000, Date.now() + 300_000), claims });
  return claims;
}

// Whether the caller may ask; the transaction id goes into the answer's headers.
export function admitted(headers, setHeader) {
  setHeader("x-transaction-id", headers["x-transaction-id"] ?? randomUUID());
  return claimsOf(headers.authorization)?.scope.split(" ").includes(process.env.BENCH_SCOPE) ?? false;
}

// One line in the log, one count, one observation.
export function told(route, method, status, milliseconds, transactionId) {
  seconds.labels(route, method, String(status)).observe(milliseconds / 1000);
  requests.labels(route, String(status)).inc();
  log.info({ event: "request", method, route, status, milliseconds, transaction_id: transactionId });
}
