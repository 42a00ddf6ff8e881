// Signed notes (C2SP signed-note): a text with signature lines, and the keys that make and check them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "crypto/sign.h"

namespace cloister::translog {

inline constexpr std::size_t kMaxNoteBytes = 64u << 10;
inline constexpr std::size_t kMaxNoteSignatures = 100;

// What a key signs. kEd25519: the text. kCosignature: "cosignature/v1", a time, and the text (C2SP tlog-cosignature).
enum class NoteKeyType : std::uint8_t { kEd25519 = 0x01, kCosignature = 0x04 };

// A verifier key, written `name+hash+base64(type || key)`. The hash is a name's hint, no check of who owns the key.
class NoteVerifier {
 public:
  // kMalformed: not a vkey in its one form, or its hash is not that of its content; kUnsupported: another type of key.
  static Result<NoteVerifier> Parse(std::string_view vkey);
  // kUsage: a name with spaces, '+' or control characters, or a key other than Ed25519.
  static Result<NoteVerifier> Create(std::string_view name, NoteKeyType type, const crypto::VerifyingKey& key);

  const std::string& name() const { return name_; }
  NoteKeyType type() const { return type_; }
  const std::array<std::uint8_t, 4>& key_id() const { return key_id_; }
  const crypto::VerifyingKey& key() const { return key_; }
  std::string Text() const;
  bool operator==(const NoteVerifier& other) const { return Text() == other.Text(); }

 private:
  NoteVerifier(std::string name, NoteKeyType type, crypto::VerifyingKey key);
  std::string name_;
  NoteKeyType type_;
  crypto::VerifyingKey key_;
  std::array<std::uint8_t, 4> key_id_;
};

class NoteSigner {
 public:
  // kUsage as NoteVerifier::Create.
  static Result<NoteSigner> Create(std::string_view name, NoteKeyType type, crypto::SigningKey key);
  const NoteVerifier& verifier() const { return verifier_; }
  // The signature line over `text`, with its newline. `now` goes into cosignatures only.
  std::string SignatureLine(std::string_view text, Time now) const;

 private:
  NoteSigner(NoteVerifier verifier, crypto::SigningKey key) : verifier_(std::move(verifier)), key_(std::move(key)) {}
  NoteVerifier verifier_;
  crypto::SigningKey key_;
};

// `text` with one line of each signer. kUsage: text that is empty, not UTF-8, holds control characters, or does not end
// with a newline.
Result<std::string> SignNote(std::string_view text, std::span<const NoteSigner* const> signers, Time now);

// A text, and which of the known keys signed it. Only VerifyNote makes one.
class VerifiedNote {
 public:
  struct Signer {
    NoteVerifier key;
    std::optional<Time> time;  // as the cosigner says; none for kEd25519
  };
  // With its last newline.
  const std::string& text() const { return text_; }
  // In the order of their lines; at least one.
  const std::vector<Signer>& signers() const { return signers_; }
  const Signer* Find(const NoteVerifier& key) const;

 private:
  friend Result<VerifiedNote> VerifyNote(std::string_view, std::span<const NoteVerifier>);
  std::string text_;
  std::vector<Signer> signers_;
};

// Success proves that each of signers() signed text(). Lines of unknown keys are passed over; a line of a known key that
// does not hold fails the whole note, unless the same name and key id already stood in an earlier line: such repeats are
// dropped unread (as golang.org/x/mod/sumdb/note has it). The caller still checks who signed what it needs.
// Errors: kMalformed, kLimit (longer, or more lines); kUntrusted: no known key, or a signature that does not hold;
// kUsage: two of `known` with the same name and key id.
Result<VerifiedNote> VerifyNote(std::string_view note, std::span<const NoteVerifier> known);

}  // namespace cloister::translog
