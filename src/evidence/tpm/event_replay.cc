// Replays of event_log.h, and what events' digests are made of.
#include <algorithm>

#include "evidence/tpm/event_log.h"
#include "evidence/tpm/internal/efi.h"

namespace cloister::evidence {
namespace {

constexpr std::string_view kStartupLocality{"StartupLocality\0", 16};
// What separators are made of (profile, section 3.3.2.2); little-endian.
constexpr std::array<std::uint8_t, 4> kSeparator = {0, 0, 0, 0};
constexpr std::array<std::uint8_t, 4> kOtherSeparator = {0xFF, 0xFF, 0xFF, 0xFF};
constexpr std::array<std::uint8_t, 4> kErrorSeparator = {1, 0, 0, 0};

Error Malformed(std::string what) { return Error(ErrorCode::kMalformed, "event log: " + std::move(what)); }

Result<crypto::RegisterDigest> Extended(PcrBank bank, ByteSpan value, const LoggedEvent& event) {
  const Bytes* digest = event.Digest(bank);
  if (digest == nullptr) {
    return Malformed("an event that extends has no digest of " + std::string(PcrBankName(bank)));
  }
  return crypto::HashParts(HashOf(bank), {value, *digest});
}

// Registers 17 to 22 are set to ones until a late launch resets them (PC Client Platform TPM Profile, section 4.7).
crypto::RegisterDigest AfterReset(PcrBank bank, std::uint32_t index) {
  const std::uint8_t fill = index >= 17 && index <= 22 ? 0xFF : 0;
  return Bytes(crypto::DigestSize(HashOf(bank)), fill);
}

// The locality that a StartupLocality event gives (profile, section 10.4.5.3); none for other events.
std::optional<std::uint8_t> StartupLocality(const LoggedEvent& event) {
  if (event.type != kEvNoAction || event.data.size() != 17) return std::nullopt;
  if (!AsText(event.data).starts_with(kStartupLocality)) return std::nullopt;
  return event.data.back();
}

bool AllDigestsAreOf(const LoggedEvent& event, ByteSpan data) {
  return !event.digests.empty() && std::all_of(event.digests.begin(), event.digests.end(), [data](const auto& digest) {
    const auto computed = crypto::HashParts(HashOf(digest.bank), {data});
    return computed.has_value() && *computed == digest.digest;
  });
}

bool IsDigestOf(const LoggedEvent& event, PcrBank bank, ByteSpan data) {
  const Bytes* digest = event.Digest(bank);
  const auto computed = crypto::HashParts(HashOf(bank), {data});
  return digest != nullptr && computed.has_value() && *computed == *digest;
}

}  // namespace

DigestSource DigestOf(const LoggedEvent& event) {
  if (event.type == kEvNoAction) return DigestSource::kOther;
  if (AllDigestsAreOf(event, event.data)) return DigestSource::kEvent;
  if (event.type != kEvEfiVariableBoot) return DigestSource::kOther;
  const auto variable = internal::ParseEfiVariable(event.data);
  if (variable && AllDigestsAreOf(event, variable->data)) return DigestSource::kVariable;
  return DigestSource::kOther;
}

Result<PcrValues> ReplayPcrs(const EventLog& log, PcrBank bank) {
  PcrValues values;
  for (const LoggedEvent& event : log.events) {
    if (const auto locality = StartupLocality(event)) {
      if (values.contains(0)) return Malformed("a start locality after PCR 0 was set");
      crypto::RegisterDigest& value = values[0] = AfterReset(bank, 0);
      value[value.size() - 1] = *locality;
    }
    if (event.type == kEvNoAction) continue;
    if (event.index >= kTpmPcrs) return Malformed("expected PCR 0 to 23, got " + std::to_string(event.index));
    if (!values.contains(event.index)) values[event.index] = AfterReset(bank, event.index);
    crypto::RegisterDigest& value = values[event.index];
    value = TRY(Extended(bank, value, event));
  }
  return values;
}

Result<std::array<crypto::Sha384Digest, 4>> ReplayCcel(const EventLog& log) {
  std::array<crypto::Sha384Digest, 4> registers{};
  for (const LoggedEvent& event : log.events) {
    if (event.type == kEvNoAction) continue;
    if (event.index == 0 || event.index > registers.size()) {
      return Malformed("expected CC register 1 to 4, got " + std::to_string(event.index));
    }
    crypto::Sha384Digest& value = registers[event.index - 1];
    value = TRY(ToArray<48>(TRY(Extended(PcrBank::kSha384, value, event))));
  }
  return registers;
}

Result<void> CheckReplay(const EventLog& log, PcrBank bank, const PcrValues& quoted) {
  for (const auto& [index, value] : TRY(ReplayPcrs(log, bank))) {
    const crypto::RegisterDigest* const found = quoted.Find(index);
    if (found == nullptr) {
      return Error(ErrorCode::kMismatch, "event log: extends PCR " + std::to_string(index) + ", which was not quoted");
    }
    if (*found != value) {
      return Error(ErrorCode::kMismatch, "event log: its replay is not the quoted PCR " + std::to_string(index));
    }
  }
  return {};
}

std::optional<bool> MeasuredSecureBoot(const EventLog& log, PcrBank bank, std::uint32_t index) {
  std::optional<bool> answer;
  for (const LoggedEvent& event : log.events) {
    if (event.index != index || event.type == kEvNoAction) continue;
    if (IsDigestOf(event, bank, kSeparator) || IsDigestOf(event, bank, kOtherSeparator)) return answer;
    if (IsDigestOf(event, bank, kErrorSeparator) || !IsDigestOf(event, bank, event.data)) return std::nullopt;
    const auto variable = internal::ParseEfiVariable(event.data);
    if (!variable || variable->name != "SecureBoot" || variable->guid != internal::kGlobalVariableGuid) continue;
    if (answer) return std::nullopt;  // said twice
    answer = variable->data.size() == 1 && variable->data[0] == 1;
  }
  return std::nullopt;  // firmware had not ended
}

}  // namespace cloister::evidence
