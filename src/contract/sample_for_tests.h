// FOR TESTS ONLY: a small contract with all its keys, for this module's tests and those of the modules above it.
#pragma once

#include "contract/run.h"
#include "contract/signed_contract.h"

namespace cloister::contract {

inline crypto::SigningKey TestKey(std::uint8_t number) {
  SecretBytes scalar(32);
  scalar.ExposeSecretForWriting()[31] = number;
  auto key = crypto::SigningKey::FromEcScalar(crypto::SignatureAlgorithm::kEs256, scalar);
  CHECK(key);
  return *std::move(key);
}

// Two providers, a consumer, an operator, a certifier; two tables, one pipeline. The identity key of party i is
// TestKey(i + 1), its broker's TestKey(i + 101); the ledger's is TestKey(200); the certifier's TestKey(5).
struct Sample {
  static constexpr const char* kBank = "did:web:bank.example";
  static constexpr const char* kBureau = "did:web:bureau.example";
  static constexpr const char* kConsumer = "did:web:lab.example";
  static constexpr const char* kOperator = "did:web:cloud.example";
  static constexpr const char* kCertifier = "did:web:sro.example";
  static constexpr const char* kLoans = "urn:uuid:19517ba8-bab8-11ed-afa1-0242ac120001";
  static constexpr const char* kScores = "urn:uuid:19517ba8-bab8-11ed-afa1-0242ac120002";
  static constexpr const char* kPlan = "urn:uuid:19517ba8-bab8-11ed-afa1-0242ac120003";
  static constexpr const char* kRun = "5b1a6d1c-64a1-4a8e-9e4f-0a4b9c1d2e3f";
  static constexpr std::uint8_t kBrokerKeys = 101;
  static constexpr std::uint8_t kLedgerKey = 200;
  static constexpr std::uint8_t kCertifierKey = 5;
  static constexpr std::uint8_t kRoomKey = 210;

  static Digest Fill(std::uint8_t value) {
    Digest digest;
    digest.fill(value);
    return digest;
  }

  static Party MakeParty(const char* did, Role role, std::uint8_t number) {
    Party party{did, role, role != Role::kSro, {NamedKey::Of(TestKey(number).Public())}, std::nullopt};
    if (role == Role::kTdp || role == Role::kTdc) {
      party.broker = BrokerTerms{{NamedKey::Of(TestKey(static_cast<std::uint8_t>(number + 100)).Public())},
                                 {Fill(static_cast<std::uint8_t>(number + 100))}};
    }
    return party;
  }

  static Dataset MakeTable(const char* id, const char* name, const char* provider, const char* column) {
    TableSchema schema{TableFormat::kCsv, true, {}, 1000};
    schema.fields = {Field{"person", FieldType::kText, FieldClass::kIdentifier, {}, {}},
                     Field{column, FieldType::kNumber, FieldClass::kFeature, Bounds{0, 10}, 2.5},
                     Field{"label", FieldType::kInteger, FieldClass::kLabel, Bounds{0, 1}, {}}};
    return Dataset{.id = id,
                   .name = name,
                   .owner = name,
                   .kind = DatasetKind::kTable,
                   .provider = provider,
                   .url = std::string("https://store.example/") + name + ".csv.age",
                   .schema = schema,
                   .integrity = {Fill(0x11), 4096, Fill(0x12)},
                   .key_resource = std::string("data/") + name + "/v1",
                   .principal_column = "person",
                   .account = std::string("urn:population:") + name};
  }

  static Contract MakeContract() {
    Contract c;
    c.id = "urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120002";
    c.start = *FromRfc3339("2026-01-01T00:00:00Z");
    c.expiry = *FromRfc3339("2027-01-01T00:00:00Z");
    c.parties = {MakeParty(kBank, Role::kTdp, 1), MakeParty(kBureau, Role::kTdp, 2),
                 MakeParty(kConsumer, Role::kTdc, 3), MakeParty(kOperator, Role::kCcrp, 4),
                 MakeParty(kCertifier, Role::kSro, kCertifierKey)};
    c.ledger = LedgerTerms{"ledger.example",
                           {NamedKey::Of(TestKey(kLedgerKey).Public())},
                           "ledger.example+00000000+AQ",
                           "ledger.example+00000001+BA",
                           {Fill(0xEE)},
                           Seconds(600)};
    c.datasets = {MakeTable(kLoans, "loans", kBank, "amount"), MakeTable(kScores, "scores", kBureau, "score"),
                  Dataset{.id = kPlan,
                          .name = "plan",
                          .owner = "lab",
                          .kind = DatasetKind::kPipeline,
                          .provider = kConsumer,
                          .url = "https://store.example/plan.age",
                          .schema = {},
                          .integrity = {Fill(0x21), 999, Fill(0x22)},
                          .key_resource = "data/plan/v1",
                          .principal_column = {},
                          .account = std::string("urn:cloister:unmetered:") + kPlan}};
    c.permissions = {
        Permission{{kLoans, kScores}, {{kLoans, {"person", "amount", "label"}}, {kScores, {"person", "score"}}}}};
    c.privacy = {PrivacyTerms{kLoans, 2, 1e-5, 4, 5, 3e-5}, PrivacyTerms{kScores, 2, 1e-5, 4, 5, 3e-5}};
    c.compute = ComputeTerms{{"snp"}, {Fill(0x31)}, {3, 0, 8, 115}, kCertifier};
    c.pipeline = PipelinePin{kPlan, Fill(0x41)};
    c.outputs = {Output{"model", OutputKind::kModel, kConsumer,
                        "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"}};
    c.revocable_by = {kBank, kBureau};
    return c;
  }

  static std::vector<Bytes> SignByAll(const Contract& contract, Time now) {
    std::vector<Bytes> out;
    for (std::size_t i = 0; i < 4; ++i) {
      out.push_back(*SignDocument(contract, TestKey(static_cast<std::uint8_t>(i + 1)), contract.parties[i].did, now));
    }
    return out;
  }

  static RunRequest MakeRunRequest(const Contract& contract, Time now) {
    return RunRequest{kRun,
                      {contract.digest()},
                      contract.pipeline.sha256,
                      {{kLoans, 1.5, 1e-5}, {kScores, 1.5, 1e-5}, {kPlan, 0, 0}},
                      kConsumer,
                      now - Seconds(60),
                      now + Seconds(3600)};
  }
};

}  // namespace cloister::contract
