#include "translog/note.h"

#include <set>

#include "base/byte_reader.h"
#include "crypto/hash.h"
#include "translog/internal/text.h"

namespace cloister::translog {
namespace {

constexpr std::string_view kLineStart = "\xE2\x80\x94 ";  // an em dash and a space
constexpr std::size_t kEd25519KeyBytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;

Error Malformed(std::string message) { return Error(ErrorCode::kMalformed, std::move(message)); }

std::array<std::uint8_t, 4> KeyId(std::string_view name, ByteSpan type_and_key) {
  const crypto::Sha256Digest digest = crypto::Sha256Parts({AsBytes(name), AsBytes("\n"), type_and_key});
  return {digest[0], digest[1], digest[2], digest[3]};
}

Bytes TypeAndKey(NoteKeyType type, const crypto::VerifyingKey& key) {
  const std::uint8_t byte = static_cast<std::uint8_t>(type);
  return Concat({ByteSpan(&byte, 1), key.Ed25519Bytes()});
}

// What is signed at `time` (seconds since 1970) by a cosigner.
std::string CosignedMessage(std::uint64_t time, std::string_view text) {
  return "cosignature/v1\ntime " + std::to_string(time) + "\n" + std::string(text);
}

struct SignatureLine {
  std::string name;
  std::array<std::uint8_t, 4> key_id;
  Bytes signature;
};

// `— name base64(key id || signature)`, without its newline.
Result<SignatureLine> ParseLine(std::string_view line) {
  if (!line.starts_with(kLineStart)) return Malformed("note: expected a signature line, got another");
  line.remove_prefix(kLineStart.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return Malformed("note: signature line without a signature");
  const std::string_view name = line.substr(0, space);
  if (!IsKeyName(name)) return Malformed("note: signature line with an invalid key name");
  const Bytes raw = TRY_WITH("note: signature line", FromBase64(line.substr(space + 1)));
  ByteReader reader(raw);
  SignatureLine out;
  out.name = name;
  out.key_id = TRY_WITH("note: signature line", reader.TakeArray<4>());
  if (reader.left() == 0) return Malformed("note: signature line with an empty signature");
  out.signature = ToBytes(TRY(reader.Take(reader.left())));
  return out;
}

struct ParsedNote {
  std::string text;
  std::vector<SignatureLine> lines;
};

Result<ParsedNote> ParseNote(std::string_view note) {
  if (note.size() > kMaxNoteBytes) {
    return Error(ErrorCode::kLimit, "note: expected at most " + std::to_string(kMaxNoteBytes) + " bytes, got " +
                                        std::to_string(note.size()));
  }
  if (!IsNoteText(note)) return Malformed("note: not UTF-8, or has control characters");
  if (!note.ends_with('\n')) return Malformed("note: does not end with a newline");
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return Malformed("note: no blank line before the signatures");
  ParsedNote out{std::string(note.substr(0, blank + 1)), {}};
  std::string_view rest = note.substr(blank + 2);
  if (rest.empty()) return Malformed("note: no signatures");
  while (!rest.empty()) {
    if (out.lines.size() == kMaxNoteSignatures) {
      return Error(ErrorCode::kLimit, "note: more than " + std::to_string(kMaxNoteSignatures) + " signatures");
    }
    const std::size_t end = rest.find('\n');
    out.lines.push_back(TRY(ParseLine(rest.substr(0, end))));
    rest.remove_prefix(end + 1);
  }
  return out;
}

// The time of a cosignature; none for a plain signature. kUntrusted: does not hold.
Result<std::optional<Time>> VerifyLine(const NoteVerifier& key, std::string_view text, ByteSpan signature) {
  if (key.type() == NoteKeyType::kEd25519) {
    TRY(key.key().Verify(AsBytes(text), signature));
    return std::optional<Time>();
  }
  ByteReader reader(signature);
  if (reader.left() != 8 + kEd25519SignatureBytes) {
    return Error(ErrorCode::kUntrusted, "expected a cosignature of 72 bytes, got " + std::to_string(reader.left()));
  }
  const std::uint64_t seconds = TRY(reader.Be<std::uint64_t>());
  if (seconds > (std::uint64_t{1} << 40)) return Error(ErrorCode::kUntrusted, "cosignature's time is out of range");
  const ByteSpan raw = TRY(reader.Take(kEd25519SignatureBytes));
  TRY(key.key().Verify(AsBytes(CosignedMessage(seconds, text)), raw));
  return std::optional<Time>(FromUnixSeconds(static_cast<std::int64_t>(seconds)));
}

}  // namespace

NoteVerifier::NoteVerifier(std::string name, NoteKeyType type, crypto::VerifyingKey key)
    : name_(std::move(name)), type_(type), key_(std::move(key)), key_id_(KeyId(name_, TypeAndKey(type_, key_))) {}

Result<NoteVerifier> NoteVerifier::Parse(std::string_view vkey) {
  // The name holds no '+', but the base64 may.
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos) return Malformed("vkey: expected name+hash+key");
  const std::string_view name = vkey.substr(0, first);
  const std::string_view hash = vkey.substr(first + 1, second - first - 1);
  if (!IsKeyName(name)) return Malformed("vkey: invalid name");
  const Bytes content = TRY_WITH("vkey", FromBase64(vkey.substr(second + 1)));
  if (hash != ToHex(KeyId(name, content))) return Malformed("vkey: hash is not that of its content");
  if (content.empty()) return Malformed("vkey: empty key");
  const NoteKeyType type = static_cast<NoteKeyType>(content[0]);
  if (type != NoteKeyType::kEd25519 && type != NoteKeyType::kCosignature) {
    return Error(ErrorCode::kUnsupported, "vkey: expected key type 1 or 4, got " + std::to_string(content[0]));
  }
  if (content.size() != 1 + kEd25519KeyBytes) {
    return Malformed("vkey: expected a key of 32 bytes, got " + std::to_string(content.size() - 1));
  }
  auto key = TRY_WITH("vkey", crypto::VerifyingKey::FromEd25519(ByteSpan(content).subspan(1)));
  return NoteVerifier(std::string(name), type, std::move(key));
}

Result<NoteVerifier> NoteVerifier::Create(std::string_view name, NoteKeyType type, const crypto::VerifyingKey& key) {
  if (!IsKeyName(name)) return Error(ErrorCode::kUsage, "note key: invalid name");
  if (key.algorithm() != crypto::SignatureAlgorithm::kEdDsa) {
    return Error(ErrorCode::kUsage, "note key: expected an Ed25519 key");
  }
  return NoteVerifier(std::string(name), type, key);
}

std::string NoteVerifier::Text() const {
  return name_ + "+" + ToHex(key_id_) + "+" + ToBase64(TypeAndKey(type_, key_));
}

Result<NoteSigner> NoteSigner::Create(std::string_view name, NoteKeyType type, crypto::SigningKey key) {
  auto verifier = TRY(NoteVerifier::Create(name, type, key.Public()));
  return NoteSigner(std::move(verifier), std::move(key));
}

std::string NoteSigner::SignatureLine(std::string_view text, Time now) const {
  Bytes raw = ToBytes(verifier_.key_id());
  if (verifier_.type() == NoteKeyType::kCosignature) {
    const std::uint64_t seconds = static_cast<std::uint64_t>(ToUnixSeconds(now));
    AppendBe(raw, seconds);
    raw = Concat({raw, key_.Sign(AsBytes(CosignedMessage(seconds, text)))});
  } else {
    raw = Concat({raw, key_.Sign(AsBytes(text))});
  }
  return std::string(kLineStart) + verifier_.name() + " " + ToBase64(raw) + "\n";
}

Result<std::string> SignNote(std::string_view text, std::span<const NoteSigner* const> signers, Time now) {
  if (!text.ends_with('\n') || !IsNoteText(text)) return Error(ErrorCode::kUsage, "note: text that cannot be signed");
  std::string out = std::string(text) + "\n";
  for (const NoteSigner* signer : signers) out += signer->SignatureLine(text, now);
  return out;
}

const VerifiedNote::Signer* VerifiedNote::Find(const NoteVerifier& key) const {
  for (const Signer& signer : signers_) {
    if (signer.key == key) return &signer;
  }
  return nullptr;
}

Result<VerifiedNote> VerifyNote(std::string_view note, std::span<const NoteVerifier> known) {
  using Id = std::pair<std::string, std::array<std::uint8_t, 4>>;
  std::set<Id> ids;
  for (const NoteVerifier& key : known) {
    if (!ids.insert({key.name(), key.key_id()}).second) return Error(ErrorCode::kUsage, "note: ambiguous keys");
  }
  ParsedNote parsed = TRY(ParseNote(note));
  VerifiedNote out;
  std::set<Id> seen;
  for (const SignatureLine& line : parsed.lines) {
    if (!seen.insert({line.name, line.key_id}).second) continue;
    for (const NoteVerifier& key : known) {
      if (key.name() != line.name || key.key_id() != line.key_id) continue;
      const auto time = TRY_WITH("note: signature of " + key.name(), VerifyLine(key, parsed.text, line.signature));
      out.signers_.push_back({key, time});
    }
  }
  if (out.signers_.empty()) return Error(ErrorCode::kUntrusted, "note: no signature by a known key");
  out.text_ = std::move(parsed.text);
  return out;
}

}  // namespace cloister::translog
