// Receipts and statements from outside.
#include "translog/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister::translog;
  static const auto key = cloister::crypto::SigningKey::FromEd25519Seed(
      cloister::SecretBytes::CopyOf(cloister::Bytes(32, 1)));
  static const std::vector<cloister::token::CoseKey> keys = {cloister::token::WithThumbprint(key->Public())};
  const cloister::ByteSpan input(data, size);
  if (const auto entry = EntryOfStatement(input)) CHECK(*EntryOfStatement(*entry) == *entry);
  static_cast<void>(VerifyInclusionReceipt(input, input, keys));
  static_cast<void>(VerifyConsistencyReceipt(input, {1, EmptyRoot()}, keys));
  return 0;
}
