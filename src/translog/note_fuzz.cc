// Notes from outside: whatever comes, no crash; what verifies is what the one known key signed.
#include "translog/note.h"

namespace {

const cloister::translog::NoteVerifier& Known() {
  static const auto key = cloister::translog::NoteVerifier::Parse(
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  return *key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cloister::AsText({data, size});
  if (const auto key = cloister::translog::NoteVerifier::Parse(text)) CHECK(key->Text() == text);
  const auto note = cloister::translog::VerifyNote(text, {&Known(), 1});
  if (note) CHECK(!note->signers().empty() && text.starts_with(note->text()));
  return 0;
}
