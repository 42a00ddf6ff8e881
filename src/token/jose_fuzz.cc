// Tokens, encrypted answers and keys from strangers.
#include "token/ear.h"
#include "token/jwe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::token;
  static const crypto::SigningKey signing = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa);
  static const TeePrivateKey tee = TeePrivateKey::Generate();
  const std::string_view text = AsText({data, size});
  const EarExpectations expected{.issuer = std::nullopt, .nonce = std::nullopt, .leeway = Seconds(60)};
  (void)HintFromUnverifiedJwt(text);
  (void)DecryptJwe(tee, text);
  const Result<formats::Json> json = formats::Json::Parse(text);
  if (!json) return 0;
  if (const auto key = VerifyingKeyFromJwk(*json); key) CHECK(VerifyingKeyFromJwk(JwkOf(*key)));
  if (const auto key = TeePublicKey::FromJwk(*json); key) (void)EncryptJwe(*key, {});
  (void)ParseJwkSet(*json);
  (void)KeyFromEndorsedJwk(*json, {}, FromUnixSeconds(0));
  // As claims of a token that somebody we trust has signed.
  const NamedJwk named{"", signing.Public()};
  const std::string token = SignJwt(signing, {.type = "JWT", .key_id = "", .chain = {}}, *json);
  (void)VerifyEar(token, std::span(&named, 1), expected, FromUnixSeconds(0));
  return 0;
}
