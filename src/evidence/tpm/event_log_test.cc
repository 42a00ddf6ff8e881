#include "evidence/tpm/event_log.h"

#include <gtest/gtest.h>

#include "evidence/snp/testing.h"
#include "evidence/tpm/event_json.h"
#include "evidence/tpm/testing.h"

namespace cloister::evidence {
namespace {

Bytes DigestIn(PcrBank bank, ByteSpan data) { return ToBytes(*crypto::HashParts(HashOf(bank), {data})); }

LoggedEvent Event(std::uint32_t index, std::uint32_t type, std::string_view data, std::vector<PcrBank> banks) {
  LoggedEvent event{.index = index, .type = type, .digests = {}, .data = ToBytes(data)};
  for (const PcrBank bank : banks) event.digests.push_back({bank, DigestIn(bank, event.data)});
  return event;
}

const std::vector<PcrBank> kTwo = {PcrBank::kSha256, PcrBank::kSha384};

EventLog SmallLog() {
  return {.crypto_agile = true,
          .banks = kTwo,
          .events = {Event(0, kEvSeparator, "first", kTwo), Event(7, kEvSeparator, "second", kTwo),
                     Event(0, 0x80000007, "third", kTwo)}};
}

EventLog SmallCcel() {
  return {.crypto_agile = true,
          .banks = {PcrBank::kSha384},
          .events = {Event(1, kEvSeparator, "a", {PcrBank::kSha384}), Event(4, kEvSeparator, "b", {PcrBank::kSha384})}};
}

ErrorCode CodeOf(const auto& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? ErrorCode::kInternal : result.error().code();
}

TEST(EventLog, RefusesEveryCut) {
  const Bytes bytes = SerializeEventLog(SmallLog());
  std::size_t taken = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    taken += ParseEventLog(ByteSpan(bytes).first(size)).has_value();
  EXPECT_EQ(taken, 3u);  // after the head, the first and the second event: a shorter log, which a replay finds
}

TEST(EventLog, RefusesBytesAfterTheMarkOfItsEnd) {
  for (const std::uint8_t mark : {std::uint8_t{0}, std::uint8_t{0xFF}}) {
    Bytes bytes = SerializeEventLog(SmallLog());
    bytes.insert(bytes.end(), 100, mark);
    EXPECT_EQ(ParseEventLog(bytes)->events.size(), 3u);
    bytes.back() ^= 1;
    EXPECT_EQ(CodeOf(ParseEventLog(bytes)), ErrorCode::kMalformed);
  }
}

TEST(EventLog, RefusesDigestsOfBanksThatItsHeadLacks) {
  EventLog log = SmallLog();
  log.events[0].digests[1].bank = PcrBank::kSm3;
  log.events[0].digests[1].digest.resize(32);
  EXPECT_EQ(CodeOf(ParseEventLog(SerializeEventLog(log))), ErrorCode::kMalformed);
  log = SmallLog();
  log.events[0].digests[1] = log.events[0].digests[0];
  EXPECT_EQ(CodeOf(ParseEventLog(SerializeEventLog(log))), ErrorCode::kMalformed);
  log = SmallLog();
  log.banks = {PcrBank::kSha256, PcrBank::kSha256};
  EXPECT_EQ(CodeOf(ParseEventLog(SerializeEventLog(log))), ErrorCode::kMalformed);
}

TEST(EventLog, RefusesLengthsBeyondItsEnd) {
  Bytes bytes = SerializeEventLog(SmallLog());
  for (const std::size_t back : {6, 7, 8, 9}) {
    Bytes changed = bytes;
    changed[changed.size() - back] = 0xFF;  // of the last event's length
    EXPECT_FALSE(ParseEventLog(changed));
  }
}

TEST(EventLog, ReadsWhatItWrites) {
  const Bytes bytes = SerializeEventLog(SmallLog());
  const auto log = ParseEventLog(bytes);
  ASSERT_TRUE(log);
  EXPECT_EQ(SerializeEventLog(*log), bytes);
  EXPECT_EQ(log->banks, kTwo);
}

TEST(EventLog, ReadsTheOldFormOfSha1) {
  const EventLog log{
      .crypto_agile = false, .banks = {PcrBank::kSha1}, .events = {Event(4, kEvSeparator, "x", {PcrBank::kSha1})}};
  const auto read = ParseEventLog(SerializeEventLog(log));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->crypto_agile);
  EXPECT_EQ(ReplayPcrs(*read, PcrBank::kSha1)->at(4).size(), 20u);
  EXPECT_EQ(CodeOf(ReplayPcrs(*read, PcrBank::kSha256)), ErrorCode::kMalformed);
}

TEST(EventReplay, ExtendsInOrder) {
  const Bytes zero(32);
  const auto extend = [](ByteSpan value, std::string_view data) {
    return *crypto::HashParts(crypto::RegisterHash::kSha256, {value, DigestIn(PcrBank::kSha256, AsBytes(data))});
  };
  const auto values = ReplayPcrs(SmallLog(), PcrBank::kSha256);
  ASSERT_TRUE(values);
  EXPECT_EQ(values->size(), 2u);
  EXPECT_EQ(values->at(0), extend(extend(zero, "first"), "third"));
  EXPECT_EQ(values->at(7), extend(zero, "second"));
}

TEST(EventReplay, TakesTheStartLocalityBeforeTheFirstMeasurementOnly) {
  EventLog log = SmallLog();
  const LoggedEvent locality = Event(0, kEvNoAction, std::string_view("StartupLocality\0\x03", 17), kTwo);
  const auto without = *ReplayPcrs(log, PcrBank::kSha256);
  log.events.insert(log.events.begin(), locality);
  const auto with = *ReplayPcrs(log, PcrBank::kSha256);
  EXPECT_NE(with.at(0), without.at(0));
  EXPECT_EQ(with.at(7), without.at(7));
  log.events.push_back(locality);
  EXPECT_EQ(CodeOf(ReplayPcrs(log, PcrBank::kSha256)), ErrorCode::kMalformed);
}

TEST(EventReplay, StartsRegistersOfALateLaunchWithOnes) {
  EventLog log = SmallLog();
  log.events = {Event(17, kEvSeparator, "x", kTwo)};
  const Bytes ones(32, 0xFF);
  EXPECT_EQ(ReplayPcrs(log, PcrBank::kSha256)->at(17),
            *crypto::HashParts(crypto::RegisterHash::kSha256, {ones, DigestIn(PcrBank::kSha256, AsBytes("x"))}));
}

TEST(TpmPitfalls, EventsOfNoActionDoNotExtend) {
  EventLog log = SmallCcel();
  const auto before = *ReplayCcel(log);
  log.events.push_back(Event(2, kEvNoAction, "claimed", {PcrBank::kSha384}));
  EXPECT_EQ(*ReplayCcel(log), before);
  EXPECT_EQ(DigestOf(log.events.back()), DigestSource::kOther);
}

TEST(TpmPitfalls, ALogMustReplayToTheQuotedRegistersBeforeItsContentCounts) {
  const EventLog log = SmallLog();
  const PcrValues quoted = *ReplayPcrs(log, PcrBank::kSha256);
  EXPECT_TRUE(CheckReplay(log, PcrBank::kSha256, quoted));
  EXPECT_EQ(CodeOf(CheckReplay(log, PcrBank::kSha384, quoted)), ErrorCode::kMismatch);
  for (const std::uint32_t index : {0, 7}) {
    PcrValues changed = quoted;
    changed[index][5] ^= 1;
    EXPECT_EQ(CodeOf(CheckReplay(log, PcrBank::kSha256, changed)), ErrorCode::kMismatch);
  }
  for (std::size_t i = 0; i < log.events.size(); ++i) {
    EventLog shorter = log;
    shorter.events.erase(shorter.events.begin() + static_cast<std::ptrdiff_t>(i));
    if (i != 1) {  // the only event of PCR 7: without it the log says nothing of that register
      EXPECT_EQ(CodeOf(CheckReplay(shorter, PcrBank::kSha256, quoted)), ErrorCode::kMismatch);
    }
  }
  EventLog swapped = log;
  std::swap(swapped.events[0], swapped.events[2]);
  EXPECT_EQ(CodeOf(CheckReplay(swapped, PcrBank::kSha256, quoted)), ErrorCode::kMismatch);
}

TEST(TpmPitfalls, ALogOfRegistersThatWereNotQuotedIsRefused) {
  const EventLog log = SmallLog();
  const PcrValues quoted = Without(*ReplayPcrs(log, PcrBank::kSha256), 7);
  EXPECT_EQ(CodeOf(CheckReplay(log, PcrBank::kSha256, quoted)), ErrorCode::kMismatch);
}

TEST(TpmPitfalls, DataThatWereNotMeasuredAreNotTakenForMeasured) {
  LoggedEvent event = Event(7, kEvEfiVariableDriverConfig, "true", kTwo);
  EXPECT_EQ(DigestOf(event), DigestSource::kEvent);
  event.data = ToBytes("false");
  EXPECT_EQ(DigestOf(event), DigestSource::kOther);
  event = Event(7, kEvSeparator, "x", kTwo);
  event.digests[1].digest[0] ^= 1;  // one bank of two
  EXPECT_EQ(DigestOf(event), DigestSource::kOther);
  event.digests.clear();
  EXPECT_EQ(DigestOf(event), DigestSource::kOther);
}

TEST(CcelReplay, MapsIndexOneToTheFirstRegister) {
  const auto registers = *ReplayCcel(SmallCcel());
  const Bytes zero(48);
  EXPECT_EQ(ToBytes(registers[0]),
            *crypto::HashParts(crypto::RegisterHash::kSha384, {zero, DigestIn(PcrBank::kSha384, AsBytes("a"))}));
  EXPECT_EQ(ToBytes(registers[1]), zero);
  EXPECT_EQ(ToBytes(registers[3]),
            *crypto::HashParts(crypto::RegisterHash::kSha384, {zero, DigestIn(PcrBank::kSha384, AsBytes("b"))}));
}

TEST(CcelReplay, RefusesRegistersThatCannotBeExtended) {
  for (const std::uint32_t index : {0u, 5u, 0xFFFFFFFFu}) {
    EventLog log = SmallCcel();
    log.events[0].index = index;
    EXPECT_EQ(CodeOf(ReplayCcel(log)), ErrorCode::kMalformed);
  }
  EventLog log = SmallCcel();
  log.events[0].digests.clear();
  EXPECT_EQ(CodeOf(ReplayCcel(log)), ErrorCode::kMalformed);
}

LoggedEvent SecureBootEvent(std::uint8_t value) {
  return Event(7, kEvEfiVariableDriverConfig, AsText(SecureBootVariable(value)), kTwo);
}

LoggedEvent Separator(std::string_view data = std::string_view("\0\0\0\0", 4)) { return Event(7, kEvSeparator, data, kTwo); }

std::optional<bool> SecureBootOf(std::vector<LoggedEvent> events) {
  return MeasuredSecureBoot({.crypto_agile = true, .banks = kTwo, .events = std::move(events)}, PcrBank::kSha256, kSecureBootPcr);
}

TEST(MeasuredSecureBoot, IsReadOnlyFromWhatWasMeasuredBeforeTheSeparator) {
  EXPECT_EQ(SecureBootOf({}), std::nullopt);
  EXPECT_EQ(SecureBootOf({SecureBootEvent(1), Separator()}), true);
  EXPECT_EQ(SecureBootOf({SecureBootEvent(1), Separator("\xFF\xFF\xFF\xFF")}), true);
  EXPECT_EQ(SecureBootOf({SecureBootEvent(0), Separator(), SecureBootEvent(1)}), false);
  EXPECT_EQ(SecureBootOf({Separator(), SecureBootEvent(1), Separator()}), std::nullopt);
  EXPECT_EQ(SecureBootOf({SecureBootEvent(0), SecureBootEvent(1), Separator()}), std::nullopt);
  EXPECT_EQ(SecureBootOf({SecureBootEvent(1)}), std::nullopt);
  EXPECT_EQ(SecureBootOf({SecureBootEvent(1), Separator(std::string_view("\1\0\0\0", 4)), Separator()}), std::nullopt);
}

TEST(MeasuredSecureBoot, LooksAtOneRegisterAndOneBank) {
  LoggedEvent elsewhere = SecureBootEvent(1);
  elsewhere.index = 1;
  EXPECT_EQ(SecureBootOf({elsewhere, Separator()}), std::nullopt);
  LoggedEvent separator = Separator();
  separator.index = 1;
  const EventLog log{.crypto_agile = true, .banks = kTwo, .events = {elsewhere, separator}};
  EXPECT_EQ(MeasuredSecureBoot(log, PcrBank::kSha384, kSecureBootCcRegister), true);
  LoggedEvent other_bank = SecureBootEvent(0);
  other_bank.data.back() = 1;
  other_bank.digests[1].digest = DigestIn(PcrBank::kSha384, other_bank.data);  // a bank that nobody quoted
  EXPECT_EQ(SecureBootOf({other_bank, Separator()}), std::nullopt);
}

TEST(TpmPitfalls, NoSecureBootWhereDataInItsRegisterWereNotMeasured) {
  const LoggedEvent other = Event(7, kEvEfiVariableDriverConfig, "another variable", kTwo);
  EXPECT_EQ(SecureBootOf({other, SecureBootEvent(1), Separator()}), true);
  for (const std::size_t place : {0u, 1u}) {
    std::vector<LoggedEvent> events = {other, SecureBootEvent(1), Separator()};
    events[place].data = {};
    EXPECT_EQ(SecureBootOf(events), std::nullopt) << place;
  }
}

// A type is under no digest.
TEST(TpmPitfalls, NoTypeOfAnEventHidesASeparatorOrAVariable) {
  for (const std::uint32_t type : {kEvEventTag, kEvIpl, kEvSeparator, kEvEfiVariableDriverConfig}) {
    LoggedEvent separator = Separator(), off = SecureBootEvent(0), on = SecureBootEvent(1);
    separator.type = off.type = type;
    EXPECT_EQ(SecureBootOf({off, separator, on, Separator()}), false) << type;
    EXPECT_EQ(SecureBootOf({separator, on, Separator()}), std::nullopt) << type;
    EXPECT_EQ(SecureBootOf({off, on, Separator()}), std::nullopt) << type;
    separator.data = {};  // nor do its data
    EXPECT_EQ(SecureBootOf({separator, on, Separator()}), std::nullopt) << type;
  }
}

TEST(EventLogVectors, CosOnGoogleReplaysToItsQuotedPcrsInEveryBank) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const auto log = ParseEventLog(Vector("gcp-vtpm/gce-cos-85-no-nonce/event_log.bin"));
  ASSERT_TRUE(log);
  EXPECT_EQ(MeasuredSecureBoot(*log, PcrBank::kSha256, kSecureBootPcr), true);
  for (const auto& [bank, name] :
       {std::pair{PcrBank::kSha1, "sha1"}, {PcrBank::kSha256, "sha256"}, {PcrBank::kSha384, "sha384"}}) {
    const Bytes file = Vector(std::string("gcp-vtpm/gce-cos-85-no-nonce/pcrs_") + name + ".json");
    PcrValues quoted;
    const auto json = *formats::Json::Parse(AsText(file));
    for (const auto& [index, value] : **json.AsObject()) {
      quoted[static_cast<std::uint32_t>(std::stoul(index))] = *FromHex(*value.AsString());
    }
    EXPECT_TRUE(CheckReplay(*log, bank, quoted)) << name;
  }
}

TEST(EventLogVectors, CcelOfATdxGuestReplaysToTheRegistersOfItsQuote) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const auto log = ParseEventLog(Vector("tdx/v4-gcp-cos113-ccel/ccel_data.bin"));
  ASSERT_TRUE(log);
  EXPECT_EQ(log->events.size(), 43u);
  const Bytes quote = Vector("tdx/v4-gcp-cos113-ccel/quote.bin");
  const auto registers = *ReplayCcel(*log);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(Equal(registers[i], ByteSpan(quote).subspan(48 + 328 + 48 * i, 48))) << "RTMR" << i;
  }
}

}  // namespace
}  // namespace cloister::evidence
