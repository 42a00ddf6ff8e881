#include "contract/contract.h"

#include <gmock/gmock.h>

#include "contract/sample_for_tests.h"

namespace cloister::contract {
namespace {

using formats::Json;

const Time kNow = *FromRfc3339("2026-06-01T00:00:00Z");

// The sample with the member at `path` set; kMalformed or kMismatch is expected.
ErrorCode CodeOf(const Json& json) {
  const Result<Contract> contract = Contract::FromJson(json);
  return contract ? ErrorCode::kInternal : contract.error().code();
}

Json& At(Json& json, std::string_view pointer) { return const_cast<Json&>(**json.At(pointer)); }

TEST(Contract, RefusesAnUnknownMemberAnywhere) {
  for (const char* at : {"",
                         "/parties/0",
                         "/parties/0/broker",
                         "/ledger",
                         "/datasets/0",
                         "/datasets/0/schema",
                         "/datasets/2",
                         "/datasets/0/schema/fields/0",
                         "/datasets/0/integrity",
                         "/datasets/0/key",
                         "/permissions/0",
                         "/constraints/0",
                         "/constraints/0/privacy/0",
                         "/constraints/0/privacy/0/total",
                         "/constraints/0/compute",
                         "/constraints/0/compute/minTcb",
                         "/constraints/0/pipeline",
                         "/constraints/0/log",
                         "/outputs/0",
                         "/terms",
                         "/terms/payment",
                         "/terms/revocation"}) {
    Json json = Sample::MakeContract().ToJson();
    At(json, at).Set("surprise", 1);
    EXPECT_EQ(CodeOf(json), ErrorCode::kMalformed) << at;
  }
}

TEST(Contract, RefusesEachMemberThatIsMissing) {
  const Json whole = Sample::MakeContract().ToJson();
  for (const auto& [name, value] : **whole.AsObject()) {
    if (name == "jurisdiction" || name == "supersedes") continue;
    Json json = whole;
    json.Remove(name);
    EXPECT_EQ(CodeOf(json), ErrorCode::kMalformed) << name;
  }
}

struct Change {
  const char* pointer;
  const char* member;
  Json value;
};

TEST(Contract, RefusesWhatBreaksARule) {
  const Change changes[] = {
      {"", "schemaVersion", "0.1"},
      {"", "purpose", "ANALYTICS"},
      {"", "id", "f4f72a88-bab1-41ed-afa1-0242ac120002"},
      {"", "version", 2},
      {"", "version", 0},
      {"", "supersedes", std::string(64, 'a')},
      {"", "expiryTime", "2026-01-01T00:00:00Z"},
      {"", "startTime", "2026-01-01T00:00:00.5Z"},
      {"", "tdc", Sample::kBank},
      {"", "ccrp", Sample::kBank},
      {"", "tdps", Json::Array{Sample::kBureau, Sample::kBank}},
      {"/parties/0", "signs", false},
      {"/parties/0", "role", "tdc"},
      {"/parties/0", "did", "did:web:$NAME.github.io"},
      {"/parties/1", "did", Sample::kBank},
      {"/parties/0", "keys", Json::Array{}},
      {"/parties/0/keys/0", "kid", std::string(64, '0')},
      {"/ledger", "keys", Json::Array{}},
      {"/ledger", "maxCheckpointAge", 0},
      {"/datasets/0", "id", Sample::kScores},
      {"/datasets/0", "name", "Loans"},
      {"/datasets/0", "name", "scores"},
      {"/datasets/0", "kind", "pipeline"},
      {"/datasets/0", "provider", Sample::kOperator},
      {"/datasets/0", "url", "https://store.example/.."},
      {"/datasets/0", "url", "https://store.example/"},
      {"/datasets/0", "principalColumn", "amount"},
      {"/datasets/0", "principalColumn", "nobody"},
      {"/datasets/0", "account", "urn:cloister:unmetered:x"},
      {"/datasets/0/schema", "rows", 0},
      {"/datasets/0/schema/fields/1", "name", "person"},
      {"/datasets/0/schema/fields/1", "bounds", Json::Array{3, 3}},
      {"/datasets/0/schema/fields/1", "typical", 11},
      {"/datasets/0/integrity", "encryption", "luks"},
      {"/datasets/0/integrity", "sha256", std::string(64, 'A')},
      {"/datasets/0/key/properties", "resource", "data/../v1"},
      {"/permissions/0", "action", "read"},
      {"/permissions/0", "datasets", Json::Array{Sample::kPlan}},
      {"/constraints/0/privacy/0", "dataset", Sample::kScores},
      {"/constraints/0/privacy/0", "epsilon_threshold", 0},
      {"/constraints/0/privacy/0", "epsilon_threshold", "1.5"},
      {"/constraints/0/privacy/0", "epsilon_threshold", 6},
      {"/constraints/0/privacy/0", "delta", 0.001},
      {"/constraints/0/privacy/0", "delta", 0},
      {"/constraints/0/privacy/0", "unit", "record"},
      {"/constraints/0/privacy/0", "accountant", "rdp"},
      {"/constraints/0/privacy/0", "maxRowsPerPrincipal", 0},
      {"/constraints/0/privacy/0/total", "delta", 1},
      {"/constraints/0/compute", "debug", true},
      {"/constraints/0/compute", "holdSeconds", 0},
      {"/constraints/0/compute", "holdSeconds", 86'401},
      {"/constraints/0/compute", "platforms", Json::Array{"sample"}},
      {"/constraints/0/compute", "roots", Json::Array{}},
      {"/constraints/0/compute", "certifier", Sample::kBank},
      {"/constraints/0/compute/minTcb", "snp", 256},
      {"/constraints/0/pipeline", "dataset", Sample::kLoans},
      {"/constraints/0/log", "export", "metrics"},
      {"/outputs/0", "to", "did:web:stranger.example"},
      {"/outputs/0", "name", "../model"},
      {"/outputs/0", "recipient", "ssh-ed25519 AAAA"},
      {"/terms/revocation", "effect", "new-runs"},
      {"/terms/revocation", "revocableBy", Json::Array{"did:web:stranger.example"}},
  };
  for (const Change& change : changes) {
    Json json = Sample::MakeContract().ToJson();
    At(json, change.pointer).Set(change.member, change.value);
    const ErrorCode code = CodeOf(json);
    EXPECT_TRUE(code == ErrorCode::kMalformed || code == ErrorCode::kMismatch)
        << change.pointer << "/" << change.member << " = " << change.value.Dump();
  }
}

TEST(Contract, RefusesOneKeyForTwoParties) {
  Contract contract = Sample::MakeContract();
  contract.parties[1].keys = contract.parties[0].keys;
  EXPECT_EQ(CodeOf(contract.ToJson()), ErrorCode::kMalformed);
}

TEST(Contract, RefusesOtherFormsOfTheSameJson) {
  const Contract contract = Sample::MakeContract();
  EXPECT_TRUE(Contract::FromCanonical(contract.ToCanonical()));
  EXPECT_FALSE(Contract::FromCanonical(contract.ToJson().Pretty()));
  EXPECT_FALSE(Contract::FromCanonical(contract.ToCanonical() + "\n"));
  EXPECT_FALSE(Contract::FromCanonical(contract.ToCanonical().substr(1)));
}

TEST(Contract, ReadsWhatItWrote) {
  Contract contract = Sample::MakeContract();
  contract.jurisdiction = "IN";
  contract.version = 2;
  contract.supersedes = Sample::Fill(7);
  contract.datasets[1].schema->format = TableFormat::kParquet;
  contract.datasets[1].schema->header = false;
  const Result<Contract> again = Contract::FromCanonical(contract.ToCanonical());
  ASSERT_TRUE(again) << again.error().ToText();
  EXPECT_EQ(*again, contract);
  EXPECT_EQ(again->digest(), contract.digest());
}

TEST(Contract, AnswersWhoAndWhat) {
  const Contract contract = Sample::MakeContract();
  EXPECT_EQ(contract.Tdc().did, Sample::kConsumer);
  EXPECT_THAT(contract.RequiredSigners(),
              testing::ElementsAre(Sample::kBank, Sample::kBureau, Sample::kConsumer, Sample::kOperator));
  const Dataset* loans = contract.DatasetByName("loans");
  ASSERT_NE(loans, nullptr);
  EXPECT_EQ(loans->FileName(), "loans.csv.age");
  EXPECT_EQ(contract.ProviderOf(*loans).did, Sample::kBank);
  EXPECT_EQ(contract.PrivacyOf(Sample::kLoans)->epsilon, 2);
  EXPECT_EQ(contract.PrivacyOf(Sample::kPlan), nullptr);
  EXPECT_EQ(contract.DatasetById("urn:uuid:none"), nullptr);
  EXPECT_THAT(contract.PermittedColumns(*contract.DatasetById(Sample::kScores)),
              testing::ElementsAre("person", "score"));
  EXPECT_THAT(contract.PermittedColumns(*contract.DatasetById(Sample::kPlan)), testing::IsEmpty());
}

TEST(Contract, HoldsFromItsStartUntilItsExpiry) {
  const Contract contract = Sample::MakeContract();
  EXPECT_TRUE(contract.CheckDates(kNow));
  EXPECT_TRUE(contract.CheckDates(contract.start));
  EXPECT_EQ(contract.CheckDates(contract.start - Seconds(1)).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(contract.CheckDates(contract.expiry).error().code(), ErrorCode::kExpired);
}

}  // namespace
}  // namespace cloister::contract
