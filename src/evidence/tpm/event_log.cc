#include "evidence/tpm/event_log.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

constexpr std::size_t kMaximumLog = std::size_t{4} << 20;
constexpr std::size_t kMaximumEvents = 16384;
constexpr std::size_t kMaximumData = std::size_t{1} << 20;
constexpr std::size_t kMaximumBanks = 8;
constexpr std::size_t kEndMarkSize = 8;
constexpr std::string_view kAgileSignature{"Spec ID Event03\0", 16};

Error Malformed(std::string what) { return Error(ErrorCode::kMalformed, "event log: " + std::move(what)); }

Result<Bytes> ReadData(ByteReader& reader) {
  const auto size = TRY(reader.Le<std::uint32_t>());
  if (size > kMaximumData) {
    return Error(ErrorCode::kLimit,
                 "event log: expected events of up to 1 MiB, got " + std::to_string(size) + " bytes");
  }
  return ToBytes(TRY(reader.Take(size)));
}

// TCG_PCClientPCREvent: one SHA-1 digest without a count.
Result<LoggedEvent> ReadOldEvent(ByteReader& reader) {
  LoggedEvent event;
  event.index = TRY(reader.Le<std::uint32_t>());
  event.type = TRY(reader.Le<std::uint32_t>());
  const ByteSpan digest = TRY(reader.Take(20));
  event.digests.push_back({PcrBank::kSha1, ToBytes(digest)});
  event.data = TRY(ReadData(reader));
  return event;
}

// TCG_PCR_EVENT2.
Result<LoggedEvent> ReadEvent(ByteReader& reader, std::span<const PcrBank> banks) {
  LoggedEvent event;
  event.index = TRY(reader.Le<std::uint32_t>());
  event.type = TRY(reader.Le<std::uint32_t>());
  const auto count = TRY(reader.Le<std::uint32_t>());
  if (count > banks.size()) {
    return Malformed("expected up to " + std::to_string(banks.size()) + " digests, got " + std::to_string(count));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const PcrBank bank = TRY(PcrBankFromId(TRY(reader.Le<std::uint16_t>())));
    if (std::find(banks.begin(), banks.end(), bank) == banks.end()) {
      return Malformed("a digest of a bank that the head of the log does not name");
    }
    if (event.Digest(bank) != nullptr) return Malformed("an event with two digests of one bank");
    const ByteSpan digest = TRY(reader.Take(crypto::DigestSize(HashOf(bank))));
    event.digests.push_back({bank, ToBytes(digest)});
  }
  event.data = TRY(ReadData(reader));
  return event;
}

// TCG_EfiSpecIdEvent (profile, section 10.4.5.1): signature, platform class, version, errata, size of UINTN, banks.
Result<std::vector<PcrBank>> ReadHead(ByteSpan data) {
  ByteReader reader(data);
  TRY(reader.Take(kAgileSignature.size() + 8));
  const auto count = TRY(reader.Le<std::uint32_t>());
  if (count == 0 || count > kMaximumBanks) {
    return Malformed("expected 1 to 8 banks, got " + std::to_string(count));
  }
  std::vector<PcrBank> banks;
  for (std::uint32_t i = 0; i < count; ++i) {
    const PcrBank bank = TRY(PcrBankFromId(TRY(reader.Le<std::uint16_t>())));
    const auto size = TRY(reader.Le<std::uint16_t>());
    if (size != crypto::DigestSize(HashOf(bank))) {
      return Malformed("digests of " + std::to_string(size) + " bytes for " + std::string(PcrBankName(bank)));
    }
    if (std::find(banks.begin(), banks.end(), bank) != banks.end()) return Malformed("one bank twice in the head");
    banks.push_back(bank);
  }
  TRY(reader.Take(TRY(reader.Be<std::uint8_t>())));  // of the vendor
  TRY(reader.Finish());
  return banks;
}

bool IsAll(ByteSpan bytes, std::uint8_t value) {
  return std::all_of(bytes.begin(), bytes.end(), [value](std::uint8_t byte) { return byte == value; });
}

// Whether `rest` begins with the mark of the end. kMalformed: and then has something else.
Result<bool> AtEndMark(ByteSpan rest) {
  for (const std::uint8_t mark : {std::uint8_t{0}, std::uint8_t{0xFF}}) {
    if (rest.size() < kEndMarkSize || !IsAll(rest.first(kEndMarkSize), mark)) continue;
    if (!IsAll(rest, mark)) return Malformed("bytes after the mark of its end");
    return true;
  }
  return false;
}

void AppendEvent(Bytes& out, const LoggedEvent& event, bool old) {
  AppendLe(out, event.index);
  AppendLe(out, event.type);
  if (!old) AppendLe(out, static_cast<std::uint32_t>(event.digests.size()));
  for (const LoggedDigest& digest : event.digests) {
    if (!old) AppendLe(out, static_cast<std::uint16_t>(digest.bank));
    out.insert(out.end(), digest.digest.begin(), digest.digest.end());
  }
  AppendLe(out, static_cast<std::uint32_t>(event.data.size()));
  out.insert(out.end(), event.data.begin(), event.data.end());
}

LoggedEvent HeadOf(const EventLog& log) {
  Bytes data = ToBytes(kAgileSignature);
  AppendLe<std::uint32_t>(data, 0);                                                     // platform class: client
  for (const int byte : {0, 2, 0, 2}) data.push_back(static_cast<std::uint8_t>(byte));  // 2.0, errata 0, 64 bits
  AppendLe(data, static_cast<std::uint32_t>(log.banks.size()));
  for (const PcrBank bank : log.banks) {
    AppendLe(data, static_cast<std::uint16_t>(bank));
    AppendLe(data, static_cast<std::uint16_t>(crypto::DigestSize(HashOf(bank))));
  }
  data.push_back(0);
  return {.index = 0, .type = kEvNoAction, .digests = {{PcrBank::kSha1, Bytes(20)}}, .data = std::move(data)};
}

}  // namespace

std::string_view PcrBankName(PcrBank bank) {
  switch (bank) {
    case PcrBank::kSha1:
      return "SHA-1";
    case PcrBank::kSha256:
      return "SHA-256";
    case PcrBank::kSha384:
      return "SHA-384";
    case PcrBank::kSha512:
      return "SHA-512";
    case PcrBank::kSm3:
      return "SM3";
  }
  CHECK(false);
}

crypto::RegisterHash HashOf(PcrBank bank) {
  switch (bank) {
    case PcrBank::kSha1:
      return crypto::RegisterHash::kSha1;
    case PcrBank::kSha256:
      return crypto::RegisterHash::kSha256;
    case PcrBank::kSha384:
      return crypto::RegisterHash::kSha384;
    case PcrBank::kSha512:
      return crypto::RegisterHash::kSha512;
    case PcrBank::kSm3:
      return crypto::RegisterHash::kSm3;
  }
  CHECK(false);
}

Result<PcrBank> PcrBankFromId(std::uint16_t algorithm_id) {
  for (const PcrBank bank : {PcrBank::kSha1, PcrBank::kSha256, PcrBank::kSha384, PcrBank::kSha512, PcrBank::kSm3}) {
    if (static_cast<std::uint16_t>(bank) == algorithm_id) return bank;
  }
  return Error(ErrorCode::kUnsupported, "TPM: no hash that we know has the id " + std::to_string(algorithm_id));
}

const Bytes* LoggedEvent::Digest(PcrBank bank) const {
  for (const LoggedDigest& digest : digests) {
    if (digest.bank == bank) return &digest.digest;
  }
  return nullptr;
}

Result<EventLog> ParseEventLog(ByteSpan bytes) {
  if (bytes.size() > kMaximumLog) return Error(ErrorCode::kLimit, "event log: expected up to 4 MiB");
  ByteReader reader(bytes);
  EventLog log;
  LoggedEvent first = TRY_WITH("event log", ReadOldEvent(reader));
  log.crypto_agile = first.type == kEvNoAction && AsText(first.data).starts_with(kAgileSignature);
  if (log.crypto_agile) {
    log.banks = TRY_WITH("event log", ReadHead(first.data));
  } else {
    log.banks = {PcrBank::kSha1};
    log.events.push_back(std::move(first));
  }
  while (reader.left() > 0) {
    if (TRY(AtEndMark(bytes.last(reader.left())))) return log;
    if (log.events.size() == kMaximumEvents) return Error(ErrorCode::kLimit, "event log: over 16384 events");
    log.events.push_back(log.crypto_agile ? TRY_WITH("event log", ReadEvent(reader, log.banks))
                                          : TRY_WITH("event log", ReadOldEvent(reader)));
  }
  TRY(reader.Finish());
  return log;
}

Bytes SerializeEventLog(const EventLog& log) {
  Bytes out;
  if (log.crypto_agile) AppendEvent(out, HeadOf(log), true);
  for (const LoggedEvent& event : log.events) AppendEvent(out, event, !log.crypto_agile);
  return out;
}

}  // namespace cloister::evidence
