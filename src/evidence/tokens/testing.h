// For the tests of tokens: one simulated service of each kind, made once.
#pragma once

#include <gtest/gtest.h>

#include "evidence/tokens/simulated.h"

namespace cloister::evidence {

inline const Time kTokenNow = *FromRfc3339("2026-03-15T00:00:00Z");

inline constexpr TokenService kEveryService[] = {TokenService::kTrustee, TokenService::kVeraison, TokenService::kAzure,
                                                 TokenService::kIntel,   TokenService::kGoogle,   TokenService::kNvidia};

inline const SimulatedTokenService& TestService(TokenService service) {
  static std::map<TokenService, SimulatedTokenService> services;
  auto found = services.find(service);
  if (found == services.end()) {
    const auto day = std::chrono::days(1);
    found = services.emplace(service, SimulatedTokenService::Make(service, kTokenNow - day, kTokenNow + day)).first;
  }
  return found->second;
}

inline SimulatedTokenOptions TestToken() { return {.now = kTokenNow}; }

// What fits the options of TestToken().
inline TokenExpectations ExpectingToken(TokenService service) {
  const std::string nonce = TestToken().nonce;
  const bool ear = service == TokenService::kVeraison;
  return {.audience = service == TokenService::kGoogle ? ExpectedAudience::Exactly(TestToken().audience)
                                                       : ExpectedAudience::NoneDemanded(),
          .nonce = ExpectedNonce::InEvidence(ear ? ToBase64Url(AsBytes(nonce)) : nonce),
          // Veraison's tokens do not say.
          .debug = ear ? TokenDebug::kLeftToPolicy : TokenDebug::kMustBeOff,
          .leeway = Seconds(30),
          .maximum_age = Seconds(300)};
}

// The verdict of one service on `token`.
inline Result<VerifiedToken> VerifyTest(TokenService service, std::string_view token) {
  return VerifyToken(token, TestService(service).Issuer(), ExpectingToken(service), kTokenNow);
}

inline ErrorCode CodeOf(const Result<VerifiedToken>& result) {
  EXPECT_FALSE(result.has_value()) << "was accepted";
  return result ? ErrorCode::kInternal : result.error().code();
}

}  // namespace cloister::evidence
