#include "broker/kbs.h"

#include "crypto/hash.h"

namespace cloister::broker {
namespace {

using formats::Json;

constexpr std::string_view kErrorPrefix = "https://github.com/confidential-containers/kbs/errors/";

constexpr std::string_view kPlugin = "PluginInternalError";

std::string_view TypeAt(KbsStep step) {
  switch (step) {
    case KbsStep::kAuth:
      return "AttestationError";
    case KbsStep::kAttest:
      return "AttestationError";
    case KbsStep::kToken:
      return "TokenVerifierError";
    case KbsStep::kAdmin:
      return "AdminAuthAccess";
    case KbsStep::kResource:
      return "TokenNotFound";
    case KbsStep::kPolicy:
      return "ParsePolicyError";
    case KbsStep::kCloister:
      return kPlugin;
  }
  CHECK(false);
}

// Decided, and not to be asked again with another attestation.
bool IsDecided(ErrorCode code) {
  return code == ErrorCode::kRefused || code == ErrorCode::kExhausted || code == ErrorCode::kReplayed ||
         code == ErrorCode::kRevoked || code == ErrorCode::kConflict;
}

bool IsPassing(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kIo || code == ErrorCode::kInternal;
}

// A failure over what a room or its contract says, rather than over who it is.
bool IsDecidedByContract(ErrorCode code) {
  return code == ErrorCode::kExpired || code == ErrorCode::kMismatch || code == ErrorCode::kUntrusted ||
         code == ErrorCode::kStale;
}

}  // namespace

Result<KbsRequest> KbsRequest::FromJson(const Json& json) {
  const std::string version = TRY(json.GetString("version"));
  if (version != kKbsVersion) {
    return Error(ErrorCode::kUnsupported, "KBS Client Protocol Version Mismatch: expected =0.4.0, got " +
                                              (version.size() > 16 ? "another" : version));
  }
  KbsRequest request;
  request.tee = TRY(json.GetString("tee"));
  TRY(json.Get("extra-params"));
  if (request.tee.size() > 64) return Error(ErrorCode::kMalformed, "tee: expected the name of a TEE");
  return request;
}

Json KbsChallenge(std::string_view nonce) { return Json::Object{{"nonce", nonce}, {"extra-params", ""}}; }

KbsError KbsError::From(const Error& error, KbsStep step) {
  int status = 401;
  std::string_view type = TypeAt(step);
  const ErrorCode code = error.code();
  const bool resource = step == KbsStep::kResource || step == KbsStep::kToken;
  const bool released_to = resource || step == KbsStep::kCloister;
  if (IsPassing(code)) {
    status = 503;
    if (resource) type = kPlugin;
  } else if (released_to && code == ErrorCode::kNotFound) {
    status = 404;
    type = kPlugin;
  } else if (released_to && (IsDecided(code) || (step == KbsStep::kCloister && IsDecidedByContract(code)))) {
    status = 403;
    type = "PolicyDeny";
  } else if (step == KbsStep::kAdmin && code == ErrorCode::kRefused) {
    status = 403;
  } else if (code == ErrorCode::kMalformed && step != KbsStep::kPolicy) {
    type = "SerdeError";
  }
  return {status, Json::Object{{"type", std::string(kErrorPrefix) + std::string(type)},
                               {"detail", error.message()},
                               {"code", ErrorCodeName(code)}}};
}

}  // namespace cloister::broker
