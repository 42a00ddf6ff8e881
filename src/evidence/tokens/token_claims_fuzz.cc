// The input is what a service signed: claims of any form. Those of the services with elliptic keys are signed here,
// with SIMULATED keys, and verified whole; of the others, whose RSA signatures take too long, the reader alone runs. As
// a token by itself the input verifies never.
#include "evidence/tokens/internal/view.h"
#include "evidence/tokens/simulated.h"

namespace {

using namespace cloister;
using namespace cloister::evidence;
using formats::Json;

constexpr TokenService kSigned[] = {TokenService::kTrustee, TokenService::kVeraison, TokenService::kNvidia};
const Time kNow = FromUnixSeconds(1'773'532'800);

struct Signer {
  SimulatedTokenService service;
  TokenIssuer issuer;
};

const Signer& SignerOf(std::size_t i) {
  static const auto* const signers = [] {
    auto* all = new std::vector<Signer>;
    for (const TokenService service : kSigned) {
      auto made = SimulatedTokenService::Make(service, kNow - Seconds(60), kNow + Seconds(60));
      TokenIssuer issuer = made.Issuer();
      all->push_back({std::move(made), std::move(issuer)});
    }
    return all;
  }();
  return (*signers)[i];
}

TokenExpectations Anything() {
  return {.audience = ExpectedAudience::NoneDemanded(),
          .nonce = ExpectedNonce::NotLookedAt(),
          .debug = TokenDebug::kLeftToPolicy,
          .leeway = Seconds(30),
          .maximum_age = Seconds(300)};
}

// NVIDIA's bundle of one device whose claims these are.
std::string TokenOf(std::size_t i, const Json& claims) {
  const SimulatedTokenService& service = SignerOf(i).service;
  const std::string jwt = service.Sign(claims);
  return kSigned[i] == TokenService::kNvidia ? service.Bundle({{"GPU-0", jwt}}, {.now = kNow}) : jwt;
}

// Whether signing them for that service can lead anywhere: signatures take nearly all the time.
bool MayFit(std::size_t i, const Json& claims) {
  const bool ear = claims.Find("eat_profile") != nullptr;
  return kSigned[i] == TokenService::kNvidia ? !ear && claims.Find("eat_nonce") != nullptr : ear;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = AsText(ByteSpan(data, size));
  auto claims = Json::Parse(text);
  if (!claims || !claims->is_object()) {
    for (std::size_t i = 0; i < std::size(kSigned); ++i)
      CHECK(!VerifyToken(text, SignerOf(i).issuer, Anything(), kNow));
    return 0;
  }
  (void)internal::ReadAzure(*claims);
  (void)internal::ReadIntel(*claims);
  (void)internal::ReadGoogle(*claims);
  for (std::size_t i = 0; i < std::size(kSigned); ++i) {
    if (!MayFit(i, *claims)) continue;
    claims->Set("iss", SignerOf(i).issuer.name());
    const auto verified = VerifyToken(TokenOf(i, *claims), SignerOf(i).issuer, Anything(), kNow);
    if (!verified) continue;
    CHECK(*verified->Claims().GetBool("simulated"));
    CHECK(*verified->Claims().GetString("revocation") == "not_checked");
    CHECK(*verified->Claims().GetString("token_issuer") == SignerOf(i).issuer.name());
  }
  return 0;
}
