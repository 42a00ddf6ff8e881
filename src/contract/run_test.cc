#include "contract/run.h"

#include <gtest/gtest.h>

#include "contract/broker_calls.h"
#include "contract/evidence_binding.h"
#include "contract/init_data.h"
#include "contract/pipeline.h"
#include "contract/proof.h"
#include "contract/sample_for_tests.h"

namespace cloister::contract {
namespace {

using formats::Json;

const Time kNow = *FromRfc3339("2026-06-01T00:00:00Z");

Bytes ReserveFor(const Contract& contract, const Dataset& dataset, std::uint8_t room, std::uint8_t broker_key) {
  const Reservation reservation{Sample::kRun,
                                Sample::Fill(5),
                                contract.digest(),
                                dataset.id,
                                dataset.account,
                                dataset.provider,
                                1,
                                Sample::Fill(6),
                                1,
                                1e-6,
                                {1.5, 2e-6},
                                kNow + Seconds(60),
                                KeyThumbprint(TestKey(room).Public())};
  return *SignDocument(reservation, TestKey(broker_key), dataset.provider, kNow);
}

RunReport MakeReport(const Contract& contract) {
  RunReport report{.run = Sample::kRun,
                   .run_request = Sample::Fill(5),
                   .contracts = {contract.digest()},
                   .pipeline = contract.pipeline.sha256,
                   .room_key = TestKey(Sample::kRoomKey).Public(),
                   .measurement = {},
                   .host_data = Sample::Fill(8),
                   .evidence = Sample::Fill(9),
                   .simulated = true,
                   .inputs = {{Sample::kLoans, Sample::Fill(1)}},
                   .outputs = {{"model", OutputKind::kModel, Sample::kConsumer, "age1x", Sample::Fill(2), 10}},
                   .spent = {{Sample::kLoans, "urn:population:loans", 1.25, 1e-6, {{1.1, 0.01, 100}}}},
                   .reservations = {},
                   .audit_head = Sample::Fill(3),
                   .time = kNow};
  for (std::size_t i = 0; i < 3; ++i) {
    report.reservations.push_back(
        ReserveFor(contract, contract.datasets[i], Sample::kRoomKey, static_cast<std::uint8_t>(101 + i)));
  }
  return report;
}

Result<Verified<RunReport>> Check(const RunReport& report, std::uint8_t key, const Contract& contract) {
  const Bytes cose = *SignDocument(report, TestKey(key), RoomIssuer(report.run), kNow);
  return VerifyRunReport(cose, std::span(&contract, 1));
}

TEST(RunReport, IsTakenFromTheRoomThatReservedOnly) {
  const Contract contract = Sample::MakeContract();
  const RunReport good = MakeReport(contract);
  const auto verified = Check(good, Sample::kRoomKey, contract);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(**verified, good);

  EXPECT_FALSE(Check(good, 211, contract));  // somebody else signs
  RunReport other = good;
  other.room_key = TestKey(211).Public();
  EXPECT_EQ(Check(other, 211, contract).error().code(), ErrorCode::kMismatch);  // a room to which nobody reserved
}

TEST(RunReport, NeedsOneReservationForEachDataset) {
  const Contract contract = Sample::MakeContract();
  RunReport report = MakeReport(contract);
  report.reservations.pop_back();
  EXPECT_EQ(Check(report, Sample::kRoomKey, contract).error().code(), ErrorCode::kUntrusted);
  report.reservations.push_back(report.reservations[0]);
  EXPECT_EQ(Check(report, Sample::kRoomKey, contract).error().code(), ErrorCode::kMismatch);
  report.reservations.back() =
      ReserveFor(contract, contract.datasets[2], Sample::kRoomKey, 101);  // the bank's key for the lab
  EXPECT_EQ(Check(report, Sample::kRoomKey, contract).error().code(), ErrorCode::kUntrusted);
  report = MakeReport(contract);
  report.run_request = Sample::Fill(77);
  EXPECT_EQ(Check(report, Sample::kRoomKey, contract).error().code(), ErrorCode::kMismatch);
  report = MakeReport(contract);
  report.contracts.push_back(Sample::Fill(1));
  EXPECT_EQ(Check(report, Sample::kRoomKey, contract).error().code(), ErrorCode::kMismatch);
}

TEST(RunRequest, RefusesEmptyContractsDoubledSpendAndABackwardWindow) {
  const RunRequest good = Sample::MakeRunRequest(Sample::MakeContract(), kNow);
  EXPECT_EQ(*RunRequest::FromJson(good.ToJson()), good);
  RunRequest bad = good;
  bad.contracts.clear();
  EXPECT_FALSE(RunRequest::FromJson(bad.ToJson()));
  bad = good;
  bad.spend.push_back(bad.spend[0]);
  EXPECT_FALSE(RunRequest::FromJson(bad.ToJson()));
  bad = good;
  bad.deadline = bad.not_before;
  EXPECT_FALSE(RunRequest::FromJson(bad.ToJson()));
  bad = good;
  bad.spend[0].epsilon = -1;
  EXPECT_FALSE(RunRequest::FromJson(bad.ToJson()));
  EXPECT_TRUE(good.CheckTime(kNow));
  EXPECT_EQ(good.CheckTime(good.deadline).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(good.CheckTime(good.not_before - Seconds(1)).error().code(), ErrorCode::kExpired);
}

TEST(Certification, CoversTheMeasurementsItLists) {
  crypto::Sha384Digest good{};
  good.fill(1);
  const Certification certification{Sample::kCertifier, {good}, {"dp-sgd/1"}, {"reviewed"}, kNow, kNow + Seconds(10)};
  EXPECT_EQ(*Certification::FromJson(certification.ToJson()), certification);
  EXPECT_TRUE(certification.Covers(good));
  crypto::Sha384Digest bad = good;
  bad[47] = 2;
  EXPECT_FALSE(certification.Covers(bad));
  EXPECT_FALSE(certification.Covers(ByteSpan(good).first(47)));
  EXPECT_EQ(certification.CheckTime(kNow + Seconds(10)).error().code(), ErrorCode::kExpired);
}

TEST(InitData, ReadsWhatItWroteAndRefusesMore) {
  const InitData data{Sample::Fill(1),
                      {Sample::Fill(2)},
                      Sample::Fill(3),
                      {"ledger.example", "https://l.example/\"\\\x7F", {Sample::Fill(4)}, {Sample::Fill(5)}, {}},
                      {{Sample::kBank, "https://b.example", Sample::Fill(6)}}};
  const std::string toml = data.ToToml();
  const auto again = InitData::FromToml(toml);
  ASSERT_TRUE(again) << again.error().ToText();
  EXPECT_EQ(*again, data);
  EXPECT_EQ(again->BrokerOf(Sample::kBank)->key, Sample::Fill(6));
  EXPECT_FALSE(InitData::FromToml(toml + "\"aa.toml\" = \"x\"\n"));
  EXPECT_FALSE(InitData::FromToml("debug = true\n" + toml));
  std::string other = toml;
  other.replace(other.find("sha256"), 6, "sha384");
  EXPECT_FALSE(InitData::FromToml(other));
  EXPECT_NE(InitDataDigest(toml), InitDataDigest(toml + "\n"));
}

TEST(EvidenceBinding, RefusesADeviceThatNobodyAskedFor) {
  EvidenceBinding binding{Sample::kRun, {Sample::Fill(1)}, Sample::kBank, Sample::Fill(2), {}, TestKey(7).Public()};
  binding.exporter.fill(3);
  const std::string text = binding.ToAdditionalEvidence();
  EXPECT_EQ(*EvidenceBinding::FromAdditionalEvidence(text), binding);
  EXPECT_FALSE(EvidenceBinding::FromAdditionalEvidence(""));
  EXPECT_FALSE(EvidenceBinding::FromAdditionalEvidence("{}"));
  EXPECT_FALSE(EvidenceBinding::FromAdditionalEvidence(" " + text));
  EXPECT_FALSE(EvidenceBinding::FromAdditionalEvidence(text.substr(0, text.size() - 1) + ",\"nvidia\":{}}"));
  std::string other = text;
  other.replace(other.find("\"room\""), 6, "\"moor\"");
  EXPECT_FALSE(EvidenceBinding::FromAdditionalEvidence(other));
}

TEST(FileKey, ReadsWhatItWroteAndRefusesEachFlippedByte) {
  FileKey key{Sample::kRun, Sample::Fill(1), Sample::kLoans, Sample::Fill(2),
              SecretBytes::CopyOf(ToBytes("0123456789abcdef"))};
  const SecretBytes text = key.ToCanonical();
  const auto json = Json::Parse(AsText(text.ExposeSecret()));
  ASSERT_TRUE(json);
  EXPECT_EQ(*json->Canonical(), AsText(text.ExposeSecret()));
  const auto again = FileKey::FromCanonical(text);
  ASSERT_TRUE(again) << again.error().ToText();
  EXPECT_EQ(AsText(again->file_key.ExposeSecret()), "0123456789abcdef");
  EXPECT_EQ(again->header_sha256, key.header_sha256);
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(FileKey::FromCanonical(SecretBytes::CopyOf(text.ExposeSecret().first(i)))) << i;
  }
  EXPECT_FALSE(FileKey::FromCanonical(SecretBytes::CopyOf(AsBytes(AsText(text.ExposeSecret()).substr(0, 0)))));
}

TEST(BrokerCalls, ReadWhatTheyWrote) {
  const ReserveCall reserve{{1, 2}, {Sample::Fill(1)}, {{3}, {4, 5}}, {6}, {7}, Sample::kLoans, 1.5, 1e-5};
  EXPECT_EQ(*ReserveCall::FromJson(reserve.ToJson()), reserve);
  const ReleaseCall release{Sample::kLoans, {{1}, {2}}};
  EXPECT_EQ(*ReleaseCall::FromJson(release.ToJson()), release);
  EXPECT_EQ(*ReportCall::FromJson(ReportCall{{1}}.ToJson()), ReportCall{{1}});
  EXPECT_EQ(*CoseFromAnswer(AnswerWith("reservation", Bytes{9}), "reservation"), Bytes{9});
  EXPECT_FALSE(CoseFromAnswer(AnswerWith("reservation", Bytes{9}), "settlement"));
  Json more = release.ToJson();
  more.Set("x", 1);
  EXPECT_FALSE(ReleaseCall::FromJson(more));
}

TEST(Pipeline, IsNamedByItsCanonicalForm) {
  const Pipeline pipeline{"SELECT 1", "label", "person", 0.2, Json::Object{{"steps", 10}}};
  const std::string text = *pipeline.ToJson().Canonical();
  EXPECT_EQ(*Pipeline::FromCanonical(text), pipeline);
  EXPECT_EQ(pipeline.digest(), crypto::Sha256(AsBytes(text)));
  EXPECT_FALSE(Pipeline::FromCanonical(text + " "));
  Pipeline bad = pipeline;
  bad.validation = 0.6;
  EXPECT_FALSE(Pipeline::FromJson(bad.ToJson()));
}

TEST(Proof, ReadsWhatItWrote) {
  const Proof proof{
      {1}, {2}, {4}, {{5}, {6}}, Json::Object{{"a", 1}}, "toml", "{}", "nonce", Json::Object{{"kty", "EC"}}, {3}, Json::Object{}, "c"};
  EXPECT_EQ(*Proof::FromJson(proof.ToJson()), proof);
}

}  // namespace
}  // namespace cloister::contract
