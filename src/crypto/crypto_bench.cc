#include <openssl/evp.h>

#include "base/bench_against.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/internal/openssl.h"
#include "crypto/random.h"
#include "crypto/sign.h"

namespace cloister::crypto {
namespace {

constexpr std::size_t kChunk = 65536;

void OpenChunks(benchmark::State& state) {
  AeadKey key = *AeadKey::Create(static_cast<AeadAlgorithm>(state.range(0)), SecretBytes(kAeadKeySize));
  const Bytes nonce(kAeadNonceSize), sealed = *key.Seal(nonce, {}, Bytes(kChunk));
  Bytes out(kChunk);
  for (auto _ : state) benchmark::DoNotOptimize(key.OpenInto(nonce, {}, sealed, out).has_value());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * kChunk);
}
BENCHMARK(OpenChunks)->ArgName("algorithm")->Arg(0)->Arg(1);

void Noise(benchmark::State& state) {
  RandomStream random(SystemRandom());
  Bytes out(kChunk);
  for (auto _ : state) random.Fill(out);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * kChunk);
}
BENCHMARK(Noise);

void HashTreeNode(benchmark::State& state) {
  const Bytes left(32), right(32);
  for (auto _ : state) benchmark::DoNotOptimize(Sha256Parts({left, right}));
}
BENCHMARK(HashTreeNode);

void Verify(benchmark::State& state) {
  const SigningKey key = SigningKey::Generate(static_cast<SignatureAlgorithm>(state.range(0)));
  const VerifyingKey verifying = key.Public();
  const Bytes message(100), signature = key.Sign(message);
  for (auto _ : state) benchmark::DoNotOptimize(verifying.Verify(message, signature).has_value());
}
BENCHMARK(Verify)->ArgName("algorithm")->Arg(0)->Arg(1)->Arg(3)->Arg(4);

// Against OpenSSL on the same signature, its context and the DER form made before.
void VerifyAgainstOpenSsl(benchmark::State& state) {
  const auto algorithm = static_cast<SignatureAlgorithm>(state.range(0));
  const SigningKey key = SigningKey::Generate(algorithm);
  const VerifyingKey verifying = key.Public();
  const Bytes message(100), signature = key.Sign(message), der = *EcdsaSignatureToDer(algorithm, signature);
  const InlineDigest digest(algorithm == SignatureAlgorithm::kEs256 ? HashAlgorithm::kSha256 : HashAlgorithm::kSha384,
                            message);
  const internal::OwnedPkeyContext context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, internal::KeyAccess::Of(verifying), nullptr));
  CHECK(context != nullptr && EVP_PKEY_verify_init(context.get()) == 1);
  const ByteSpan bytes = digest;
  BenchAgainst(
      state, [&] { CHECK(verifying.VerifyDigest(digest, signature).has_value()); },
      [&] { CHECK(EVP_PKEY_verify(context.get(), der.data(), der.size(), bytes.data(), bytes.size()) == 1); });
}
BENCHMARK(VerifyAgainstOpenSsl)->ArgName("algorithm")->Arg(0)->Arg(1)->UseManualTime();

void MakeVerifyingKey(benchmark::State& state) {
  const auto algorithm = static_cast<SignatureAlgorithm>(state.range(0));
  const VerifyingKey key = SigningKey::Generate(algorithm).Public();
  const Bytes x = key.EcX(), y = key.EcY();
  for (auto _ : state) CHECK(VerifyingKey::FromEcPoint(algorithm, x, y).has_value());
}
BENCHMARK(MakeVerifyingKey)->ArgName("algorithm")->Arg(0)->Arg(1);

}  // namespace
}  // namespace cloister::crypto
