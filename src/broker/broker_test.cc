#include "broker/broker.h"

#include <gmock/gmock.h>

#include "audit/refusal_log.h"
#include "broker/world_for_tests.h"
#include "evidence/kbs.h"
#include "token/jwe.h"

namespace cloister::broker {
namespace {

using contract::Digest;
using contract::KeyThumbprint;
using formats::Json;

// The bank's broker, and a room whose every word can be changed before it is said.
struct Fixture : World {
  std::unique_ptr<audit::AuditLog> audit;
  std::unique_ptr<Broker> broker;
  Connection connection{Exporter{}, Sample::Fill(101)};
  crypto::SigningKey room_key = TestKey(Sample::kRoomKey);
  token::TeePrivateKey tee_key = token::TeePrivateKey::Generate();
  evidence::SimulatedSnpGuest guest;
  contract::RunRequest request;
  contract::InitData init_data;
  Bytes request_cose, certification;
  std::string session;

  Fixture() {
    connection.exporter->fill(0x77);
    guest.measurement.fill(0x66);
    audit =
        *audit::AuditLog::Open(std::make_unique<audit::MemoryAuditSink>(), Sample::kBank, TestKey(90), std::nullopt);
    OpenBroker();
    CHECK(broker->ImportContract(contract.ToCanonical(), signatures));
    CHECK(broker->ImportSealedKey(*ResourcePath::Parse("data/loans/v1"), *record, identity));
    request = Sample::MakeRunRequest(contract, clock.Now());
    SignRequest();
    certification = Certify(guest.measurement, clock.Now() + Seconds(86400));
  }

  void OpenBroker(std::map<std::string, Privacy> accounts = {}) {
    const Digest named[] = {Processor().ark.Fingerprint()};
    auto opened =
        Broker::Open({.owner = {Sample::kBank, {contract::NamedKey::Of(TestKey(1).Public())}, {Sample::Fill(101)}},
                      .key = TestKey(Sample::kBrokerKeys),
                      .store = *store,
                      .ledger = *client,
                      .ledger_trust = ledger->trust(),
                      .ledger_max_age = Seconds(300),
                      .anchors = *evidence::TrustAnchors::VendorsAndSimulated(Processor().Anchors(), named),
                      .collateral = {},
                      .token_key = TestKey(91),
                      .token_keys = {},
                      .audit = *audit,
                      .clock = clock,
                      .random = crypto::SystemRandom(),
                      .sessions = {},
                      .accounts = std::move(accounts)});
    CHECK(opened);
    broker = *std::move(opened);
  }

  Bytes Certify(const crypto::Sha384Digest& measurement, Time until) {
    const contract::Certification document{Sample::kCertifier,        {measurement}, {"dp-sgd/1"}, {},
                                           clock.Now() - Seconds(10), until};
    return *contract::SignDocument(document, TestKey(Sample::kCertifierKey), Sample::kCertifier, clock.Now());
  }

  // The run request as it is now, and the init-data that names it.
  void SignRequest() {
    request_cose = *contract::SignDocument(request, TestKey(3), Sample::kConsumer, clock.Now());
    contract::InitData::Ledger ledger_data{
        contract.ledger.origin, "https://ledger.example", {}, contract.ledger.tls, {}};
    for (const auto& key : contract.ledger.keys) ledger_data.keys.push_back(key.kid);
    init_data = {crypto::Sha256(request_cose),
                 {contract.digest()},
                 contract.pipeline.sha256,
                 ledger_data,
                 {{Sample::kBank, "https://bank.example", Sample::Fill(101)},
                  {Sample::kBureau, "https://bureau.example", Sample::Fill(102)},
                  {Sample::kConsumer, "https://lab.example", Sample::Fill(103)}}};
  }

  contract::EvidenceBinding Binding() {
    return {request.run,       {contract.digest()},  Sample::kBank,
            Sample::Fill(101), *connection.exporter, room_key.Public()};
  }

  std::string Challenge() {
    const auto authed = broker->Auth(Json::Object{{"version", "0.4.0"}, {"tee", "snp"}, {"extra-params", ""}});
    CHECK(authed);
    session = authed->session;
    return *authed->challenge.GetString("nonce");
  }

  Json Attestation(const std::string& nonce, const std::string& additional, const std::string& toml) {
    const auto report_data = *evidence::KbsReportData(additional, nonce, tee_key.Public());
    if (!toml.empty()) guest.host_data = contract::InitDataDigest(toml);
    const Bytes report = Processor().Sign(Processor().Report(guest, report_data, 0));
    return Json::Object{
        {"init-data", toml.empty() ? Json() : Json(Json::Object{{"format", "toml"}, {"body", toml}})},
        {"runtime-data", Json::Object{{"nonce", nonce}, {"tee-pubkey", tee_key.Public().ToJwk()}}},
        {"tee-evidence",
         Json::Object{{"primary_evidence", *evidence::SnpEvidenceToJson({report, Processor().Certificates()})},
                      {"additional_evidence", additional}}}};
  }

  Result<std::string> Attest() { return AttestWith(Binding(), init_data); }
  Result<std::string> AttestWith(const contract::EvidenceBinding& binding, const contract::InitData& data) {
    const std::string nonce = Challenge();
    return broker->Attest(session, Attestation(nonce, binding.ToAdditionalEvidence(), data.ToToml()), connection);
  }

  Bytes LedgerAnswer() {
    contract::FreshRequest question{};
    question.nonce.fill(3);
    question.contracts = {contract.digest()};
    return *ledger->Fresh(question);
  }

  contract::ReserveCall Call() {
    return {request_cose, {contract.digest()}, receipts, certification, LedgerAnswer(), Sample::kLoans, 1.5, 1e-5};
  }
  Result<contract::Verified<contract::Reservation>> Reserve() { return Reserve(Call()); }
  Result<contract::Verified<contract::Reservation>> Reserve(const contract::ReserveCall& call) {
    const Json answer = TRY(broker->Reserve(session, call.ToJson(), connection));
    return contract::VerifyDocument<contract::Reservation>(TRY(contract::CoseFromAnswer(answer, "reservation")),
                                                           TestKey(Sample::kBrokerKeys).Public(), Sample::kBank);
  }

  // A reservation by the broker of dataset `index`, as another broker would sign it.
  Bytes ReservationOf(std::size_t index) {
    const contract::Dataset& dataset = contract.datasets[index];
    const auto* spend = request.SpendOn(dataset.id);
    const contract::Reservation document{request.run,
                                         crypto::Sha256(request_cose),
                                         contract.digest(),
                                         dataset.id,
                                         dataset.account,
                                         dataset.provider,
                                         1,
                                         Sample::Fill(1),
                                         spend->epsilon,
                                         spend->delta,
                                         {spend->epsilon, spend->delta},
                                         request.deadline,
                                         KeyThumbprint(room_key.Public())};
    return *contract::SignDocument(document, TestKey(static_cast<std::uint8_t>(101 + index)), dataset.provider,
                                   clock.Now());
  }
  Result<contract::FileKey> Release(const std::vector<Bytes>& reservations) {
    const std::string jwe =
        TRY(broker->Release(session, contract::ReleaseCall{Sample::kLoans, reservations}.ToJson(), connection));
    return contract::FileKey::FromCanonical(TRY(token::DecryptJwe(tee_key, jwe)));
  }
  Result<Json> Report(double epsilon, const crypto::SigningKey& key,
                      std::vector<contract::Mechanism> mechanisms = {{2.5, 0.01, 100}}, double delta = 1e-6) {
    const contract::Spent spent{request.run, Sample::kLoans, "urn:population:loans",
                                epsilon,     delta,          std::move(mechanisms)};
    const Bytes cose = *contract::SignDocument(spent, key, contract::RoomIssuer(request.run), clock.Now());
    return broker->Report(session, contract::ReportCall{cose}.ToJson(), connection);
  }
  double Charged() {
    const Json budget = *broker->Budget();
    return *(*budget.At("/accounts/0/charged/epsilon"))->AsNumber();
  }
};

template <class T>
ErrorCode CodeOf(const Result<T>& result) {
  return result ? ErrorCode::kInternal : result.error().code();
}

TEST(BrokerAttest, TakesTheSimulatedRoomAndSaysSo) {
  Fixture f;
  const auto token = f.Attest();
  ASSERT_TRUE(token) << token.error().ToText();
  const Json claims = *Json::Parse(
      AsText(*FromBase64Url(token->substr(token->find('.') + 1, token->rfind('.') - token->find('.') - 1))));
  EXPECT_EQ(*(*claims.At("/submods/cpu0/ear.status"))->AsString(), "warning");
}

TEST(BrokerAttest, BurnsTheNonceOnAnyFailure) {
  Fixture f;
  const std::string nonce = f.Challenge();
  const Json good = f.Attestation(nonce, f.Binding().ToAdditionalEvidence(), f.init_data.ToToml());
  Json bad = good;
  bad.Set("runtime-data", Json::Object{{"nonce", ToBase64(Bytes(32))}, {"tee-pubkey", f.tee_key.Public().ToJwk()}});
  EXPECT_EQ(CodeOf(f.broker->Attest(f.session, bad, f.connection)), ErrorCode::kMismatch);
  EXPECT_EQ(CodeOf(f.broker->Attest(f.session, good, f.connection)), ErrorCode::kUntrusted);
}

TEST(BrokerAttest, RefusesAReplay) {
  Fixture f;
  const std::string nonce = f.Challenge();
  const Json good = f.Attestation(nonce, f.Binding().ToAdditionalEvidence(), f.init_data.ToToml());
  ASSERT_TRUE(f.broker->Attest(f.session, good, f.connection));
  EXPECT_EQ(CodeOf(f.broker->Attest(f.session, good, f.connection)), ErrorCode::kReplayed);
  f.Challenge();
  EXPECT_EQ(CodeOf(f.broker->Attest(f.session, good, f.connection)), ErrorCode::kMismatch);
}

// Trustee's nonce can be tried until the session ends, and whoever attests twice is not looked at again.
TEST(TrusteeDefects, Defect4_ANonceIsGoodForOneAttemptWhateverComesOfIt) {
  Fixture f;
  const auto attestation = [&](const std::string& nonce) {
    return f.Attestation(nonce, f.Binding().ToAdditionalEvidence(), f.init_data.ToToml());
  };
  const auto without = [](Json json, std::string_view member) {
    json.Remove(member);
    return json;
  };
  for (const std::function<Json(const Json&)>& fails : std::initializer_list<std::function<Json(const Json&)>>{
           [&](const Json& good) { return without(good, "tee-evidence"); },
           [&](const Json& good) { return without(good, "runtime-data"); },
           [](const Json&) { return Json::Object{}; },
           [&](const Json&) { return attestation(ToBase64(Bytes(32))); }}) {
    const Json good = attestation(f.Challenge());
    EXPECT_FALSE(f.broker->Attest(f.session, fails(good), f.connection));
    EXPECT_EQ(CodeOf(f.broker->Attest(f.session, good, f.connection)), ErrorCode::kUntrusted);
    EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kUntrusted);
  }
  // Attested: neither other evidence nor none at all is waved through, and the first room stays the session's.
  const Json good = attestation(f.Challenge());
  ASSERT_TRUE(f.broker->Attest(f.session, good, f.connection));
  for (const Json& second : {Json(Json::Object{}), without(good, "tee-evidence"), good}) {
    EXPECT_EQ(CodeOf(f.broker->Attest(f.session, second, f.connection)), ErrorCode::kReplayed);
  }
  EXPECT_TRUE(f.Reserve());
}

TEST(BrokerAttest, RefusesEvidenceForAnotherPartyConnectionOrKey) {
  Fixture f;
  auto binding = f.Binding();
  binding.party = Sample::kBureau;
  EXPECT_EQ(CodeOf(f.AttestWith(binding, f.init_data)), ErrorCode::kMismatch);
  binding = f.Binding();
  binding.exporter[0] ^= 1;
  EXPECT_EQ(CodeOf(f.AttestWith(binding, f.init_data)), ErrorCode::kMismatch);
  binding = f.Binding();
  binding.peer_key = Sample::Fill(55);
  EXPECT_EQ(CodeOf(f.AttestWith(binding, f.init_data)), ErrorCode::kMismatch);
  binding = f.Binding();
  binding.contracts = {Sample::Fill(1)};
  EXPECT_EQ(CodeOf(f.AttestWith(binding, f.init_data)), ErrorCode::kMismatch);
  auto data = f.init_data;
  data.brokers[0].key = Sample::Fill(55);
  EXPECT_EQ(CodeOf(f.AttestWith(f.Binding(), data)), ErrorCode::kMismatch);
  binding = f.Binding();
  f.connection.exporter.reset();
  EXPECT_EQ(CodeOf(f.AttestWith(binding, f.init_data)), ErrorCode::kUntrusted);
}

TEST(BrokerAttest, RefusesInitDataThatTheHardwareDoesNotName) {
  Fixture f;
  const std::string nonce = f.Challenge();
  Json attestation = f.Attestation(nonce, f.Binding().ToAdditionalEvidence(), f.init_data.ToToml());
  auto other = f.init_data;
  other.ledger.url = "https://elsewhere.example";
  attestation.Set("init-data", Json::Object{{"format", "toml"}, {"body", other.ToToml()}});
  EXPECT_EQ(CodeOf(f.broker->Attest(f.session, attestation, f.connection)), ErrorCode::kMismatch);
  const std::string again = f.Challenge();
  EXPECT_EQ(
      CodeOf(f.broker->Attest(f.session, f.Attestation(again, f.Binding().ToAdditionalEvidence(), ""), f.connection)),
      ErrorCode::kRefused);
}

TEST(BrokerAttest, RefusesADeviceThatNobodyAskedFor) {
  Fixture f;
  const std::string nonce = f.Challenge();
  EXPECT_EQ(
      CodeOf(f.broker->Attest(f.session, f.Attestation(nonce, R"({"nvidia":{}})", f.init_data.ToToml()), f.connection)),
      ErrorCode::kMalformed);
}

TEST(BrokerResources, GoToPlainClientsUnderThePolicyAndNeverHoldABoundKey) {
  Fixture f;
  const auto path = *ResourcePath::Parse("app/secret/one");
  const auto bound = *ResourcePath::Parse("data/loans/v1");
  ASSERT_TRUE(f.broker->SetResource(path, AsBytes("hello")));
  EXPECT_EQ(CodeOf(f.broker->SetResource(bound, AsBytes("x"))), ErrorCode::kConflict);
  const std::string nonce = f.Challenge();
  EXPECT_EQ(CodeOf(f.broker->ResourceForSession(f.session, path)), ErrorCode::kRefused);  // not attested yet
  const auto token = f.broker->Attest(f.session, f.Attestation(nonce, "", ""), {});
  ASSERT_TRUE(token) << token.error().ToText();
  EXPECT_EQ(CodeOf(f.broker->ResourceForSession(f.session, path)),
            ErrorCode::kRefused);  // simulated is never affirming
  ASSERT_TRUE(f.broker->SetPolicy(PolicyKind::kResource, "package policy\n\nallow := true\n"));
  const auto jwe = f.broker->ResourceForSession(f.session, path);
  ASSERT_TRUE(jwe) << jwe.error().ToText();
  EXPECT_EQ(AsText(token::DecryptJwe(f.tee_key, *jwe)->ExposeSecret()), "hello");
  EXPECT_TRUE(f.broker->ResourceForToken(*token, path));
  EXPECT_EQ(CodeOf(f.broker->ResourceForSession(f.session, bound)), ErrorCode::kRefused);
  EXPECT_EQ(CodeOf(f.broker->ResourceForToken(*token, bound)), ErrorCode::kRefused);
  std::string forged = *token;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(CodeOf(f.broker->ResourceForToken(forged, path)), ErrorCode::kUntrusted);
  f.clock.Advance(Seconds(1000));
  EXPECT_EQ(CodeOf(f.broker->ResourceForToken(*token, path)), ErrorCode::kExpired);
  EXPECT_EQ(CodeOf(f.broker->ResourceForSession(f.session, path)), ErrorCode::kExpired);
}

TEST(BrokerReserve, IsForRoomsOnTheirOwnConnectionOnly) {
  Fixture f;
  const std::string nonce = f.Challenge();
  ASSERT_TRUE(f.broker->Attest(f.session, f.Attestation(nonce, "", ""), f.connection));
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kRefused);
  ASSERT_TRUE(f.Attest());
  Connection other = f.connection;
  (*other.exporter)[3] ^= 1;
  EXPECT_EQ(CodeOf(f.broker->Reserve(f.session, f.Call().ToJson(), other)), ErrorCode::kMismatch);
  EXPECT_EQ(CodeOf(f.broker->Reserve(f.session, f.Call().ToJson(), {std::nullopt, other.local_key})),
            ErrorCode::kMismatch);
  EXPECT_EQ(CodeOf(f.broker->Reserve("none", f.Call().ToJson(), f.connection)), ErrorCode::kUntrusted);
  EXPECT_TRUE(f.Reserve());
}

// Each thing that a room brings, changed.
TEST(BrokerReserve, RefusesWhatTheRoomBringsIfItIsNotRight) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  using Call = contract::ReserveCall;
  struct Case {
    const char* what;
    std::function<void(Call&)> change;
    ErrorCode code;
  };
  const auto run_request_by = [&](std::uint8_t key, auto change) {
    contract::RunRequest other = f.request;
    change(other);
    return *contract::SignDocument(other, TestKey(key), Sample::kConsumer, f.clock.Now());
  };
  const Bytes stranger = run_request_by(4, [](auto&) {});
  const Bytes other_run = run_request_by(3, [](auto& r) { r.run = "00000000-0000-4000-8000-000000000000"; });
  const Bytes other_pipeline = run_request_by(3, [](auto& r) { r.pipeline = Sample::Fill(1); });
  const Bytes late = run_request_by(3, [&](auto& r) { r.deadline = f.clock.Now(); });
  const Bytes other_amount = run_request_by(3, [](auto& r) { r.spend[0].epsilon = 2; });  // not what init-data names
  const Bytes uncertified = f.Certify(crypto::Sha384Digest{}, f.clock.Now() + Seconds(9));
  const Bytes over = f.Certify(f.guest.measurement, f.clock.Now());
  Bytes forged = f.certification;
  forged.back() ^= 1;
  const Case cases[] = {
      {"contracts", [](Call& c) { c.contracts = {Sample::Fill(1)}; }, ErrorCode::kMismatch},
      {"no receipts", [](Call& c) { c.receipts.clear(); }, ErrorCode::kUntrusted},
      {"a receipt less", [](Call& c) { c.receipts.pop_back(); }, ErrorCode::kUntrusted},
      {"a receipt changed", [](Call& c) { c.receipts[1].back() ^= 1; }, ErrorCode::kUntrusted},
      {"run request by another", [&](Call& c) { c.run_request = stranger; }, ErrorCode::kUntrusted},
      {"another run", [&](Call& c) { c.run_request = other_run; }, ErrorCode::kMismatch},
      {"another pipeline", [&](Call& c) { c.run_request = other_pipeline; }, ErrorCode::kMismatch},
      {"too late", [&](Call& c) { c.run_request = late; }, ErrorCode::kExpired},
      {"another amount", [&](Call& c) { c.run_request = other_amount; }, ErrorCode::kMismatch},
      {"uncertified", [&](Call& c) { c.certification = uncertified; }, ErrorCode::kRefused},
      {"certified once", [&](Call& c) { c.certification = over; }, ErrorCode::kExpired},
      {"certification forged", [&](Call& c) { c.certification = forged; }, ErrorCode::kUntrusted},
      {"ledger answer changed", [](Call& c) { c.ledger_answer.back() ^= 1; }, ErrorCode::kUntrusted},
      {"another's dataset", [](Call& c) { c.dataset = Sample::kScores; }, ErrorCode::kNotFound},
      {"epsilon", [](Call& c) { c.epsilon = 1; }, ErrorCode::kMismatch},
  };
  for (const Case& test : cases) {
    Call call = f.Call();
    test.change(call);
    EXPECT_EQ(CodeOf(f.Reserve(call)), test.code) << test.what;
  }
  EXPECT_EQ(f.Charged(), 0);
  const auto reservation = f.Reserve();
  ASSERT_TRUE(reservation) << reservation.error().ToText();
  EXPECT_EQ((*reservation)->sequence, 1u);
  EXPECT_EQ((*reservation)->room_key, KeyThumbprint(f.room_key.Public()));
  EXPECT_EQ(f.Charged(), 1.5);
}

TEST(BrokerReserve, RefusesInitDataThatDiffersFromTheContract) {
  const std::function<void(contract::InitData&)> changes[] = {
      [](auto& d) { d.run_request = Sample::Fill(1); },
      [](auto& d) { d.pipeline = Sample::Fill(1); },
      [](auto& d) { d.ledger.origin = "other.example"; },
      [](auto& d) { d.ledger.keys = {Sample::Fill(1)}; },
      [](auto& d) { d.ledger.tls = {Sample::Fill(1)}; },
      [](auto& d) { d.brokers.pop_back(); },
      [](auto& d) { d.brokers[1].key = Sample::Fill(1); },
      [](auto& d) { d.brokers.push_back({Sample::kOperator, "https://cloud.example", Sample::Fill(104)}); },
  };
  for (const auto& change : changes) {
    Fixture f;
    auto data = f.init_data;
    change(data);
    ASSERT_TRUE(f.AttestWith(f.Binding(), data));
    EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kMismatch) << data.ToToml();
  }
}

TEST(BrokerReserve, RefusesHardwareThatTheContractDoesNotTake) {
  Fixture f;
  f.guest.policy.bits |= 1ull << 19;  // debugging
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kRefused);
  f.guest.policy.bits = 0x30000 | 1ull << 18;  // migration
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kRefused);
  f.guest.policy.bits = 0x30000;
  f.guest.measurement.fill(0x67);
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kRefused);
}

TEST(BrokerReserve, HeedsTheOwnersWordTheLedgerAndTheClock) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  f.client->down = true;
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kUnavailable);
  f.client->down = false;
  auto call = f.Call();
  f.clock.Advance(Seconds(301));
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Reserve(call)), ErrorCode::kStale);  // the room's answer is old
  ASSERT_TRUE(f.Reserve());
  const contract::Revocation revocation{f.contract.id, f.contract.digest(), Sample::kBureau, "breach", f.clock.Now()};
  ASSERT_TRUE(f.ledger->Register(*contract::SignDocument(revocation, TestKey(2), Sample::kBureau, f.clock.Now())));
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kRevoked);

  Fixture g;
  ASSERT_TRUE(g.Attest());
  ASSERT_TRUE(g.broker->RevokeContract(g.contract.digest(), "changed my mind"));
  EXPECT_EQ(CodeOf(g.Reserve()), ErrorCode::kRevoked);

  Fixture h;
  ASSERT_TRUE(h.Attest());
  ASSERT_TRUE(h.broker->SetPolicy(PolicyKind::kRelease, "package policy\n\ndefault allow := false\n"));
  EXPECT_EQ(CodeOf(h.Reserve()), ErrorCode::kRefused);
  ASSERT_TRUE(h.broker->SetPolicy(
      PolicyKind::kRelease,
      "package policy\nimport rego.v1\nallow if data.account.charged.epsilon + data.account.asked.epsilon < 2\n"));
  EXPECT_TRUE(h.Reserve());
}

TEST(BrokerReserve, RefusesMoreThanOneRunMaySpend) {
  Fixture f;
  f.request.spend[0].epsilon = 2.5;
  f.SignRequest();
  ASSERT_TRUE(f.Attest());
  auto call = f.Call();
  call.epsilon = 2.5;
  EXPECT_EQ(CodeOf(f.Reserve(call)), ErrorCode::kExhausted);
  f.request.spend[0] = {Sample::kLoans, 0, 1e-5};
  f.SignRequest();
  ASSERT_TRUE(f.Attest());
  call = f.Call();
  call.epsilon = 0;
  EXPECT_EQ(CodeOf(f.Reserve(call)), ErrorCode::kRefused);
}

TEST(BrokerReserve, TakesOnlyCertificationsThatTheOwnerKeepsOnceThereAreAny) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  ASSERT_TRUE(f.broker->ImportCertification(f.Certify(f.guest.measurement, f.clock.Now() + Seconds(5))));
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kRefused);
  ASSERT_TRUE(f.broker->ImportCertification(f.certification));
  EXPECT_TRUE(f.Reserve());
}

TEST(BrokerRelease, NeedsEveryReservationOfTheContract) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Release({})), ErrorCode::kNotFound);
  const auto ours = f.Reserve();
  ASSERT_TRUE(ours);
  const std::vector<Bytes> all = {ours->cose(), f.ReservationOf(1), f.ReservationOf(2)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto some = all;
    some.erase(some.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(CodeOf(f.Release(some)), ErrorCode::kUntrusted) << i;
    some = all;
    some[i].back() ^= 1;
    EXPECT_EQ(CodeOf(f.Release(some)), ErrorCode::kUntrusted) << i;
  }
  EXPECT_EQ(CodeOf(f.Release({all[0], all[1], all[1]})), ErrorCode::kMismatch);
  const auto key = f.Release(all);
  ASSERT_TRUE(key) << key.error().ToText();
  EXPECT_EQ(key->header_sha256, f.record->header_sha256);
  EXPECT_EQ(key->dataset, Sample::kLoans);
  const auto header = *sealed::AgeHeader::Parse(f.record->header);
  EXPECT_TRUE(header.VerifyMac(*sealed::FileKey::FromBytes(SecretBytes::CopyOf(key->file_key.ExposeSecret()))));
  EXPECT_TRUE(f.Release(all));  // the same room may ask again
}

TEST(BrokerRelease, RefusesAnotherRoomAndALateOne) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  const auto ours = f.Reserve();
  ASSERT_TRUE(ours);
  const std::vector<Bytes> all = {ours->cose(), f.ReservationOf(1), f.ReservationOf(2)};
  f.room_key = TestKey(211);
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kReplayed);
  EXPECT_EQ(CodeOf(f.Release(all)), ErrorCode::kMismatch);
  EXPECT_EQ(CodeOf(f.Release({f.ReservationOf(0), f.ReservationOf(1), f.ReservationOf(2)})), ErrorCode::kReplayed);
  f.room_key = TestKey(Sample::kRoomKey);
  f.clock.Set(f.request.deadline);
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Release(all)), ErrorCode::kExpired);
  ASSERT_TRUE(f.broker->Tend());
  EXPECT_EQ(f.Charged(), 0);  // it lapsed: no key had gone out
}

TEST(BrokerReport, IsTakenFromARoomThatTrainedForHoursAndAttestsAgain) {
  Fixture f;
  f.request.deadline = f.clock.Now() + Seconds(7200);
  f.SignRequest();
  ASSERT_TRUE(f.Attest());
  const auto ours = f.Reserve();
  ASSERT_TRUE(ours);
  ASSERT_TRUE(f.Release({ours->cose(), f.ReservationOf(1), f.ReservationOf(2)}));
  f.clock.Advance(Seconds(8 * 3600));
  EXPECT_FALSE(f.Report(1, f.room_key));
  ASSERT_TRUE(f.Attest());
  EXPECT_TRUE(f.Report(1, f.room_key));
}

TEST(BrokerReport, ReturnsAllToARoomThatOpenedNothing) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  const auto ours = f.Reserve();
  ASSERT_TRUE(f.Release({ours->cose(), f.ReservationOf(1), f.ReservationOf(2)}));
  EXPECT_EQ(CodeOf(f.Report(0, f.room_key, {}, 1e-6)), ErrorCode::kUsage);
  EXPECT_TRUE(f.Report(0, f.room_key, {}, 0));
  EXPECT_EQ(f.Charged(), 0);
}

TEST(BrokerReport, SettlesOnceByTheRoomItself) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Report(1, f.room_key)), ErrorCode::kNotFound);
  const auto ours = f.Reserve();
  EXPECT_EQ(CodeOf(f.Report(1, f.room_key)), ErrorCode::kRefused);
  ASSERT_TRUE(f.Release({ours->cose(), f.ReservationOf(1), f.ReservationOf(2)}));
  EXPECT_EQ(CodeOf(f.Report(1, TestKey(211))), ErrorCode::kUntrusted);
  EXPECT_EQ(CodeOf(f.Report(1.6, f.room_key)), ErrorCode::kExhausted);
  EXPECT_EQ(CodeOf(f.Report(0.01, f.room_key)), ErrorCode::kMismatch);  // its mechanisms cost more
  EXPECT_EQ(CodeOf(f.Report(0, f.room_key)), ErrorCode::kMismatch);
  EXPECT_EQ(CodeOf(f.Report(1, f.room_key, {})), ErrorCode::kUsage);  // nothing says why anything should come back
  const auto answer = f.Report(1, f.room_key);
  ASSERT_TRUE(answer) << answer.error().ToText();
  const auto settlement = contract::VerifyDocument<contract::Settlement>(
      *contract::CoseFromAnswer(*answer, "settlement"), TestKey(Sample::kBrokerKeys).Public(), Sample::kBank);
  ASSERT_TRUE(settlement);
  EXPECT_EQ((*settlement)->epsilon, 1);
  EXPECT_EQ((*settlement)->sequence, 3u);
  EXPECT_TRUE(f.Report(1, f.room_key));
  EXPECT_EQ(CodeOf(f.Report(0.5, f.room_key)), ErrorCode::kConflict);
  EXPECT_EQ(f.Charged(), 1);
}

TEST(BrokerOwner, ImportsOnlyContractsThatItSignedAndThatNameThisBroker) {
  Fixture f;
  const auto import = [&](const contract::Contract& contract, bool ours) {
    auto all = Sample::SignByAll(contract, f.clock.Now());
    if (!ours) all.erase(all.begin());
    return CodeOf(f.broker->ImportContract(contract.ToCanonical(), all));
  };
  EXPECT_EQ(import(f.contract, false), ErrorCode::kRefused);
  auto other = f.contract;
  other.parties[0].broker->keys = {contract::NamedKey::Of(TestKey(77).Public())};
  EXPECT_EQ(import(other, true), ErrorCode::kMismatch);
  other = f.contract;
  other.parties[0].broker->tls = {Sample::Fill(78)};
  EXPECT_EQ(import(other, true), ErrorCode::kMismatch);
  other = f.contract;
  other.ledger.origin = "other.example";
  EXPECT_EQ(import(other, true), ErrorCode::kMismatch);
  // Somebody who calls himself the bank, with a key of his own.
  other = f.contract;
  other.parties[0].keys = {contract::NamedKey::Of(TestKey(79).Public())};
  auto forged = Sample::SignByAll(other, f.clock.Now());
  forged[0] = *contract::SignDocument(other, TestKey(79), Sample::kBank, f.clock.Now());
  EXPECT_EQ(CodeOf(f.broker->ImportContract(other.ToCanonical(), forged)), ErrorCode::kRefused);
}

// A contract like the fixture's, between the same parties.
contract::Contract Another(const contract::Contract& contract) {
  contract::Contract another = contract;
  another.id = "urn:uuid:5d3b5cf7-6f3c-4fd2-8a77-0c7a5a8f0f11";
  return another;
}

Result<Digest> Import(Fixture& f, const contract::Contract& contract) {
  return f.broker->ImportContract(contract.ToCanonical(), Sample::SignByAll(contract, f.clock.Now()));
}

TEST(BrokerOwner, RefusesAFreshAccountForThePeopleThatItKnows) {
  Fixture f;
  contract::Contract renamed = Another(f.contract);
  EXPECT_TRUE(Import(f, renamed));
  renamed.datasets[0].account = "the-same-people-again";
  EXPECT_EQ(Import(f, renamed).error().code(), ErrorCode::kRefused);
  // The owner's own settings bring it in, and leave the old one out.
  f.broker.reset();
  f.OpenBroker({{"the-same-people-again", {100, 1e-3}}});
  EXPECT_TRUE(Import(f, renamed));
  EXPECT_EQ(Import(f, Another(f.contract)).error().code(), ErrorCode::kRefused);
}

TEST(BrokerOwner, RefusesContractsAboveTheOwnersLimit) {
  Fixture f;
  const std::string account = f.contract.datasets[0].account;
  const contract::PrivacyTerms& terms = *f.contract.PrivacyOf(Sample::kLoans);
  for (const Privacy limit : {Privacy{terms.total_epsilon / 2, 1}, Privacy{1e6, terms.total_delta / 2}}) {
    f.broker.reset();
    f.OpenBroker({{account, limit}});
    const auto imported = Import(f, Another(f.contract));
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().code(), ErrorCode::kRefused);
    EXPECT_THAT(imported.error().message(), testing::HasSubstr("owner's limit"));
  }
}

TEST(BrokerReserve, ChargesNoMoreThanTheOwnersLimitUnderAContractThatAllowsMore) {
  Fixture f;  // imports the contract before the owner sets a limit
  f.broker.reset();
  f.OpenBroker({{f.contract.datasets[0].account, {1, 1e-3}}});
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(f.Reserve().error().code(), ErrorCode::kExhausted);
}

// It was imported before the owner named accounts, so importing did not refuse it.
TEST(BrokerReserve, ChargesNoAccountThatTheOwnerDoesNotName) {
  Fixture f;
  f.broker.reset();
  f.OpenBroker({{"another-account", {1, 1e-3}}});
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(f.Reserve().error().code(), ErrorCode::kRefused);
  EXPECT_EQ(*(*f.broker->Budget()->At("/accounts/0/contracts/0/total/epsilon"))->AsNumber(), 0);
}

TEST(BrokerOwner, NeedsTheWholeContractBeforeAnythingIsReserved) {
  Fixture f;
  f.store = std::make_unique<store::MemoryStore>();
  f.OpenBroker();
  ASSERT_TRUE(f.broker->ImportSealedKey(*ResourcePath::Parse("data/loans/v1"), *f.record, f.identity));
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kNotFound);
  ASSERT_TRUE(f.broker->ImportContract(f.contract.ToCanonical(), std::span(f.signatures).first(1)));
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kUntrusted);
  ASSERT_TRUE(f.broker->ImportContract(f.contract.ToCanonical(), f.signatures));
  EXPECT_TRUE(f.Reserve());
}

TEST(BrokerOwner, ShowsStatusAndBudgetAndLeavesATrace) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  ASSERT_TRUE(f.Reserve());
  const Json status = *f.broker->Status();
  EXPECT_EQ(*(*status.At("/contracts/0/digest"))->AsString(), ToHex(f.contract.digest()));
  EXPECT_EQ(*(*status.At("/sealed_keys/0"))->AsString(), "data/loans/v1");
  const Json budget = *f.broker->Budget();
  EXPECT_EQ(*(*budget.At("/accounts/0/runs/0/stage"))->AsString(), "reserved");
  EXPECT_EQ(*(*budget.At("/accounts/0/contracts/0/total/epsilon"))->AsNumber(), 5);
  const auto log = audit::VerifyAuditLog(*f.audit->ReadAll(), TestKey(90).Public(), f.audit->head());
  ASSERT_TRUE(log);
  EXPECT_EQ(log->back().event, "run.reserved");
}

// The last entry of the broker's own log, which holds.
Json LastEntry(const Fixture& f) {
  const auto log = audit::VerifyAuditLog(*f.audit->ReadAll(), TestKey(90).Public(), f.audit->head());
  CHECK(log && !log->empty());
  Json entry = log->back().fields;
  entry.Set("event", log->back().event);
  return entry;
}

TEST(BrokerAudit, SaysWhoWasAttestedWithTheKeyOfThatRoomsOwnLog) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  const Json entry = LastEntry(f);
  EXPECT_EQ(*entry.GetString("event"), "session.attested");
  EXPECT_EQ(*entry.GetString("run"), f.request.run);
  EXPECT_EQ(*token::VerifyingKeyFromJwk(*entry.Find("room_key")), f.room_key.Public());
}

TEST(BrokerAudit, ExplainsRefusedEvidenceWithTheRunThatItClaimed) {
  Fixture f;
  auto binding = f.Binding();
  binding.party = Sample::kBureau;
  const auto refused = f.AttestWith(binding, f.init_data);
  ASSERT_FALSE(refused);
  const Json entry = LastEntry(f);
  EXPECT_EQ(*entry.GetString("event"), "attest.refused");
  EXPECT_EQ(*entry.GetString("claimed_run"), f.request.run);
  EXPECT_EQ(*entry.GetString("claimed_contract"), ToHex(f.contract.digest()));
  EXPECT_EQ(*entry.GetString("code"), "mismatch");
  EXPECT_EQ(*entry.GetString("why"), refused.error().message());
}

TEST(BrokerAudit, RepeatsNothingOfEvidenceThatIsNoEvidence) {
  Fixture f;
  f.Challenge();
  const Json rubbish = Json::Object{{"tee-evidence", Json::Object{{"additional_evidence", "secret"}}}};
  ASSERT_FALSE(f.broker->Attest(f.session, rubbish, f.connection));
  EXPECT_EQ(LastEntry(f).Dump().find("secret"), std::string::npos);
  EXPECT_EQ(LastEntry(f).Find("claimed_run"), nullptr);
}

TEST(BrokerAudit, ExplainsRefusedReservationsReleasesAndReports) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  const auto expect = [&](const char* event, const Error& error) {
    const Json entry = LastEntry(f);
    EXPECT_EQ(*entry.GetString("event"), event);
    EXPECT_EQ(*entry.GetString("run"), f.request.run);
    EXPECT_EQ(*entry.GetString("contract"), ToHex(f.contract.digest()));
    EXPECT_EQ(*entry.GetString("why"), error.message());
  };
  auto call = f.Call();
  call.epsilon = 0.25;
  expect("reserve.refused", f.Reserve(call).error());
  EXPECT_EQ(*LastEntry(f).GetString("dataset"), Sample::kLoans);
  expect("release.refused", f.Release({}).error());
  expect("report.refused", f.Report(1, f.room_key).error());
  // On a stolen session too.
  f.connection.exporter->fill(0x78);
  expect("reserve.refused", f.Reserve().error());
}

TEST(BrokerAudit, ExplainsPlainResourcesThatWereGivenAndThatWereNot) {
  Fixture f;
  const ResourcePath path = *ResourcePath::Parse("default/key/one");
  ASSERT_TRUE(f.broker->SetResource(path, AsBytes("content")));
  f.Challenge();
  ASSERT_FALSE(f.broker->ResourceForSession(f.session, path));
  EXPECT_EQ(*LastEntry(f).GetString("event"), "resource.refused");
  ASSERT_FALSE(f.broker->ResourceForToken("no.token.atall", path));
  EXPECT_EQ(*LastEntry(f).GetString("event"), "resource.refused");
  ASSERT_TRUE(f.broker->SetPolicy(PolicyKind::kResource, "package policy\n\nallow := true\n"));
  ASSERT_TRUE(f.Attest());
  const std::string tee_key = *LastEntry(f).GetString("tee_key");
  ASSERT_TRUE(f.broker->ResourceForSession(f.session, path));
  EXPECT_EQ(*LastEntry(f).GetString("event"), "resource.released");
  EXPECT_EQ(*LastEntry(f).GetString("resource"), "default/key/one");
  EXPECT_EQ(*LastEntry(f).GetString("tee_key"), tee_key);
}

TEST(BrokerAudit, HasAnEntryForARefusedAdminCall) {
  Fixture f;
  const Error why(ErrorCode::kUntrusted, "admin token: expected one by the owner");
  EXPECT_EQ(f.broker->NoteAdminRefusal(audit::RefusalLog::Asker::kStranger, "POST /x", why).code(), ErrorCode::kUntrusted);
  EXPECT_EQ(*LastEntry(f).GetString("event"), "admin.refused");
  EXPECT_EQ(*LastEntry(f).GetString("call"), "POST /x");
}

TEST(BrokerAudit, DoesNotGrowWithWhatStrangersTry) {
  Fixture f;
  for (int i = 0; i < audit::RefusalLog::kBurst + 50; ++i) {
    ASSERT_FALSE(f.broker->Attest("0123456789abcdef0123456789abcdef", Json::Object{}, f.connection));
  }
  const std::uint64_t size = f.audit->head().size;
  ASSERT_FALSE(f.broker->Attest("0123456789abcdef0123456789abcdef", Json::Object{}, f.connection));
  EXPECT_EQ(f.audit->head().size, size);
  f.clock.Advance(audit::RefusalLog::kRefill);
  ASSERT_TRUE(f.broker->Tend());
  EXPECT_EQ(*LastEntry(f).GetString("event"), "refusals.suppressed");
  EXPECT_EQ(*LastEntry(f).GetInt("count"), 51);
}

TEST(BrokerReport, SettlesNothingUnderAContractThatTheOwnerTookBackMeanwhile) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  const auto ours = f.Reserve();
  ASSERT_TRUE(ours);
  ASSERT_TRUE(f.Release({ours->cose(), f.ReservationOf(1), f.ReservationOf(2)}));
  ASSERT_TRUE(f.broker->RevokeContract(f.contract.digest(), "the board said no"));
  EXPECT_EQ(CodeOf(f.Report(1, f.room_key)), ErrorCode::kRevoked);
  EXPECT_EQ(f.Charged(), 1.5);
  EXPECT_TRUE(f.Report(0, f.room_key, {}, 0));  // a room that opened nothing says so
}

TEST(BrokerOpen, RefusesAStoreThatIsAnOldCopy) {
  Fixture f;
  ASSERT_TRUE(f.Attest());
  const auto backup = CopyOf(*f.store);
  ASSERT_TRUE(f.Reserve());
  f.store = CopyOf(*backup);
  f.OpenBroker();
  ASSERT_TRUE(f.Attest());
  EXPECT_EQ(CodeOf(f.Reserve()), ErrorCode::kStale);
}

}  // namespace
}  // namespace cloister::broker
