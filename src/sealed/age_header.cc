#include "sealed/age_header.h"

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/mac.h"
#include "sealed/internal/age_stanza.h"

namespace cloister::sealed {
namespace {

constexpr std::string_view kVersionLine = "age-encryption.org/v1";
constexpr std::string_view kEndMark = "---";
constexpr std::size_t kMacTextSize = 43;

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "age header: " + message); }

// Gives the lines of the header without their LF. Never looks further than a header may be long.
class HeaderLines {
 public:
  explicit HeaderLines(ByteSpan file)
      : text_(AsText(file.first(std::min(file.size(), AgeHeader::kMaxBytes)))), cut_(file.size() > text_.size()) {}

  Result<std::string_view> Next() {
    const std::size_t end = text_.find('\n', position_);
    if (end == std::string_view::npos) {
      if (cut_) return Error(ErrorCode::kLimit, "age header: expected at most 65536 bytes");
      return Malformed("expected a line and its end, got the end of the file");
    }
    const std::string_view line = text_.substr(position_, end - position_);
    position_ = end + 1;
    return line;
  }
  std::size_t position() const { return position_; }

 private:
  std::string_view text_;
  bool cut_;
  std::size_t position_ = 0;
};

// "-> type argument…": one space before each, characters 0x21 to 0x7E.
Result<AgeStanza> ParseArguments(std::string_view line) {
  if (line.size() > AgeHeader::kMaxArgumentLine) {
    return Error(ErrorCode::kLimit, "age header: expected an argument line of at most 4096 bytes");
  }
  if (!line.starts_with("->")) return Malformed("expected a stanza or the end line");
  line.remove_prefix(2);
  std::vector<std::string> arguments;
  while (!line.empty()) {
    if (line[0] != ' ') return Malformed("expected a space before each argument");
    line.remove_prefix(1);
    const std::size_t size = std::min(line.find(' '), line.size());
    const std::string_view argument = line.substr(0, size);
    if (!std::all_of(argument.begin(), argument.end(), [](char c) { return c >= 0x21 && c <= 0x7E; })) {
      return Malformed("expected printable ASCII in an argument");
    }
    if (argument.empty()) return Malformed("expected no empty argument");
    arguments.emplace_back(argument);
    line.remove_prefix(size);
  }
  if (arguments.empty()) return Malformed("expected the type of a stanza");
  AgeStanza stanza{std::move(arguments.front()), {}, {}};
  arguments.erase(arguments.begin());
  stanza.arguments = std::move(arguments);
  return stanza;
}

// Lines of 64 characters, then one of 0 to 63 that ends the body.
Result<Bytes> ParseBody(HeaderLines& lines) {
  std::string base64;
  for (;;) {
    const std::string_view line = TRY(lines.Next());
    if (line.size() > kBodyColumns) return Malformed("expected a body line of at most 64 characters");
    base64 += line;
    if (base64.size() > AgeHeader::kMaxBody * 4 / 3 + 1) {
      return Error(ErrorCode::kLimit, "age header: expected a stanza body of at most 4096 bytes");
    }
    if (line.size() < kBodyColumns) break;
  }
  return TRY_WITH("age header: stanza body", FromBase64NoPad(base64));
}

Result<crypto::Sha256Digest> ParseEnd(std::string_view line) {
  line.remove_prefix(kEndMark.size());
  if (!line.starts_with(' ') || line.size() != 1 + kMacTextSize) {
    return Malformed("expected \"---\", a space and 43 characters of MAC");
  }
  const Bytes mac = TRY_WITH("age header: MAC", FromBase64NoPad(line.substr(1)));
  return ToArray<32>(mac);
}

crypto::Sha256Digest ComputeMac(const FileKey& file_key, ByteSpan scope) {
  const SecretBytes key = crypto::HkdfSha256(file_key.secret().ExposeSecret(), {}, AsBytes("header"), 32);
  return crypto::HmacSha256(key.ExposeSecret(), scope);
}

// A file of a passphrase has one stanza. We open none: a passphrase is no data key.
Result<void> RefuseScrypt(const std::vector<AgeStanza>& stanzas) {
  const bool has_scrypt =
      std::any_of(stanzas.begin(), stanzas.end(), [](const AgeStanza& s) { return s.type == "scrypt"; });
  if (!has_scrypt) return {};
  if (stanzas.size() > 1) return Malformed("expected a scrypt stanza to be the only one");
  return Error(ErrorCode::kUnsupported, "age header: sealed with a passphrase (scrypt), which is no data key");
}

}  // namespace

FileKey FileKey::Generate(crypto::RandomSource& random) { return FileKey(crypto::RandomSecret(random, kSize)); }

Result<FileKey> FileKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() == kSize) return FileKey(std::move(bytes));
  return Error(ErrorCode::kMalformed, "age file key: expected 16 bytes, got " + std::to_string(bytes.size()));
}

Result<AgeHeader> AgeHeader::ParseFront(ByteSpan file) {
  HeaderLines lines(file);
  if (TRY(lines.Next()) != kVersionLine) {
    return Error(ErrorCode::kUnsupported, "age header: expected the line age-encryption.org/v1, got another");
  }
  AgeHeader header;
  for (;;) {
    const std::size_t start = lines.position();
    const std::string_view line = TRY(lines.Next());
    if (line.starts_with(kEndMark)) {
      if (header.stanzas_.empty()) return Malformed("expected at least one stanza");
      header.mac_ = TRY(ParseEnd(line));
      header.mac_scope_ = start + kEndMark.size();
      header.encoded_ = ToBytes(file.first(lines.position()));
      return header;
    }
    if (header.stanzas_.size() == kMaxStanzas)
      return Error(ErrorCode::kLimit, "age header: expected at most 64 stanzas");
    AgeStanza stanza = TRY(ParseArguments(line));
    stanza.body = TRY(ParseBody(lines));
    header.stanzas_.push_back(std::move(stanza));
  }
}

Result<AgeHeader> AgeHeader::Parse(ByteSpan header) {
  AgeHeader parsed = TRY(ParseFront(header));
  if (parsed.encoded_.size() == header.size()) return parsed;
  return Malformed(std::to_string(header.size() - parsed.encoded_.size()) + " trailing bytes");
}

Result<AgeHeader> AgeHeader::Create(std::span<const Recipient> recipients, const FileKey& file_key,
                                    crypto::RandomSource& random) {
  if (recipients.empty() || recipients.size() > kMaxStanzas) {
    return Error(ErrorCode::kUsage,
                 "age header: expected 1 to 64 recipients, got " + std::to_string(recipients.size()));
  }
  AgeHeader header;
  std::string text = std::string(kVersionLine) + "\n";
  for (const Recipient& recipient : recipients) {
    header.stanzas_.push_back(TRY(WrapX25519(recipient, file_key, random)));
    text += WriteStanza(header.stanzas_.back());
  }
  text += kEndMark;
  header.mac_scope_ = text.size();
  header.mac_ = ComputeMac(file_key, AsBytes(text));
  header.encoded_ = ToBytes(text + " " + ToBase64NoPad(header.mac_) + "\n");
  return header;
}

Result<FileKey> AgeHeader::Unwrap(const Identity& identity) const {
  TRY(RefuseScrypt(stanzas_));
  for (const AgeStanza& stanza : stanzas_) {
    if (stanza.type != kX25519Type) continue;
    auto file_key = UnwrapX25519(stanza, identity);
    if (!file_key && file_key.error().code() == ErrorCode::kMismatch) continue;  // for somebody else
    if (!file_key) return std::move(file_key).error();
    TRY(VerifyMac(*file_key));
    return file_key;
  }
  return Error(ErrorCode::kMismatch, "age header: no stanza is for this identity");
}

Result<void> AgeHeader::VerifyMac(const FileKey& file_key) const {
  const auto expected = ComputeMac(file_key, ByteSpan(encoded_).first(mac_scope_));
  if (crypto::ConstantTimeEqual(expected, mac_)) return {};
  return Error(ErrorCode::kUntrusted, "age header: MAC does not verify under this file key");
}

std::string WriteStanza(const AgeStanza& stanza) {
  std::string out = "-> " + stanza.type;
  for (const std::string& argument : stanza.arguments) out += " " + argument;
  out += "\n";
  const std::string base64 = ToBase64NoPad(stanza.body);
  // The last line is always short, so a multiple of 64 characters is followed by an empty one.
  for (std::size_t at = 0; at <= base64.size(); at += kBodyColumns) out += base64.substr(at, kBodyColumns) + "\n";
  return out;
}

AgeFailure FailureOfUnwrap(const Error& error) {
  if (error.code() == ErrorCode::kMismatch) return AgeFailure::kNoMatch;
  if (error.code() == ErrorCode::kUntrusted) return AgeFailure::kHmac;
  return AgeFailure::kHeader;
}

}  // namespace cloister::sealed
