// Checkpoints from outside. The fuzzer cannot sign, so the input is the text that the known key signs here.
#include "translog/checkpoint.h"

namespace {

using namespace cloister::translog;

const NoteSigner& Log() {
  static const auto signer = NoteSigner::Create(
      "log.example/one", NoteKeyType::kEd25519,
      *cloister::crypto::SigningKey::FromEd25519Seed(cloister::SecretBytes::CopyOf(cloister::Bytes(32, 1))));
  return *signer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cloister::AsText({data, size});
  static_cast<void>(VerifyCheckpoint(text, "log.example/one", Log().verifier()));
  const NoteSigner* const signers[] = {&Log()};
  const auto note = SignNote(text, signers, cloister::FromUnixSeconds(0));
  if (!note) return 0;
  const auto checkpoint = VerifyCheckpoint(*note, "log.example/one", Log().verifier());
  if (checkpoint) CHECK(text.starts_with("log.example/one\n" + std::to_string(checkpoint->size()) + "\n"));
  return 0;
}
