// A bundle. The key that signs the corpus is SIMULATED and known to everybody, so what the fuzzer changes is refused at the
// signature; what stands behind it is reached with manifests that are signed here.
#include "collateral/bundle.h"

namespace {

using namespace cloister;

const crypto::SigningKey& Key() {
  static const auto* const key =
      new crypto::SigningKey(*crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, 0x5A))));
  return *key;
}

void ReadAll(ByteSpan file) {
  const auto bundle = collateral::ReadBundle(file, Key().Public());
  if (!bundle) return;
  for (const auto& entry : bundle->entries().all()) CHECK(crypto::Sha256(bundle->ItemOf(entry).body) == entry.sha256);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using formats::Cbor;
  const ByteSpan input(data, size);
  ReadAll(input);
  // The input as a manifest and one blob: TEXT, a zero byte, BLOB.
  const std::string_view text = AsText(input);
  const std::size_t end = std::min(text.size(), text.find('\0'));
  token::CoseHeaders headers;
  headers.content_type = collateral::kManifestContentType;
  Cbor::Array blobs;
  if (end < text.size()) blobs.push_back(Cbor(input.subspan(end + 1)));
  ReadAll(Cbor(Cbor::Array{Cbor(1), Cbor(token::SignCose1(Key(), headers, input.first(end))), Cbor(std::move(blobs))}).Encode());
  return 0;
}
