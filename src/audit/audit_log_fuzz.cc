// A log that somebody hands over: whatever it holds, only entries under the key come out, and they are numbered.
#include "audit/audit_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  static const crypto::VerifyingKey key =
      crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, 1)))->Public();
  const ByteSpan input(data, size);
  if (const auto entries = audit::VerifyAuditLog(input, key, std::nullopt)) {
    for (std::size_t i = 0; i < entries->size(); ++i) CHECK((*entries)[i].sequence == i + 1);
  }
  static_cast<void>(audit::VerifySignedHead(input, key));
  return 0;
}
