// Messages of the Confidential Containers KBS protocol 0.4.0 (docs/formats/kbs.md).
#pragma once

#include "evidence/kbs.h"

namespace cloister::broker {

inline constexpr std::string_view kKbsVersion = "0.4.0";
inline constexpr std::string_view kSessionCookie = "kbs-session-id";

// POST /kbs/v0/auth
struct KbsRequest {
  std::string tee;
  // kMalformed; kUnsupported: another version than exactly 0.4.0, with the text that guests look for.
  static Result<KbsRequest> FromJson(const formats::Json& json);
};

// Its answer: {nonce, "extra-params": ""}.
formats::Json KbsChallenge(std::string_view nonce);

// POST /kbs/v0/attest
using evidence::KbsAttestation;

// Where an error happened, which chooses its type. kToken: a resource that is asked for with a bearer token, kResource: in a
// session.
enum class KbsStep { kAuth, kAttest, kToken, kAdmin, kResource, kPolicy, kCloister };

// The answer to a call that failed: {type, detail, code}, `code` being ours (docs/errors.md).
// Statuses are 401, and, unlike Trustee's, 403 where a policy, a contract or a budget says no, 404 for what does not
// exist, 503 where trying again may help: guests answer each 401 with up to three new attestations.
struct KbsError {
  int status;
  formats::Json body;
  static KbsError From(const Error& error, KbsStep step);
};

}  // namespace cloister::broker
