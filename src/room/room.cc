#include "room/room.h"

#include <future>

#include "base/file.h"
#include "contract/proof.h"
#include "evidence/snp/report.h"
#include "room/gate.h"
#include "room/journal.h"
#include "room/verify.h"
#include "room/work.h"
#include "tables/workspace.h"

namespace cloister::room {
namespace {

using formats::Json;

// What the hardware says that this program is, as its own evidence has it.
struct MeasuredIdentity {
  crypto::Sha384Digest measurement;
  contract::Digest host_data;
  bool simulated;  // the certificates say so; only for honest wording, nothing is decided by it
};

Result<MeasuredIdentity> MeasuredIdentityOf(const attester::CollectedEvidence& collected) {
  if (collected.tee != "snp") return Error(ErrorCode::kUnsupported, "a room runs in SEV-SNP guests, this is " + collected.tee);
  const evidence::SnpReport report = TRY(evidence::ParseSnpReport(collected.snp.report));
  bool simulated = false;
  for (const evidence::SnpCertificate& certificate : collected.snp.certificates) {
    const auto parsed = crypto::Certificate::ParseDer(certificate.der);
    simulated |= parsed && parsed->SubjectCommonName().find("SIMULATED") != std::string::npos;
  }
  return MeasuredIdentity{report.measurement, report.host_data, simulated};
}

// One run. Each step below is one or more states; what they make is kept here and goes with it.
class Run {
 public:
  Run(const RoomConfig& config, const RoomServices& services)
      : config_(config), services_(services), journal_(config.out / "audit.jsonl") {}

  Result<RoomOutcome> Go();

 private:
  Result<void> Steps();
  // Names the state in the audit log and to whoever watches, before anything of it happens.
  Result<void> Enter(State state);
  Result<void> Announce(State state);
  Error Explain(const Error& error) const;

  Result<void> Start();
  Result<void> Verify();
  Result<void> MakeKeys();
  Result<void> Attest();
  Result<void> Reserve();
  Result<void> Release();
  Result<void> ReleasePipeline();
  Result<void> Open(const contract::Dataset& dataset, const contract::FileKey& key);
  Result<void> Work();
  Result<void> OpenAndTrain();
  Result<void> Gate();
  Result<void> Record();
  Result<void> Settle();
  Result<contract::RunReport> MakeReport() const;
  Result<Json> MakeProof() const;
  Result<void> Scrub();
  void WipePlaintext();
  void GiveBack();

  BrokerSession& SessionOf(const std::string& party);
  const contract::Contract& TheContract() const { return *given_->contract(); }

  const RoomConfig& config_;
  const RoomServices& services_;
  Journal journal_;
  State state_ = State::kStart;
  bool holding_ = false;
  std::vector<State> held_;  // entered meanwhile
  Time now_{};  // the ledger's, of its last answer
  std::optional<Given> given_;
  std::optional<ledger::VerifiedFreshAnswer> answer_;
  std::optional<RoomKeys> keys_;
  std::vector<std::unique_ptr<BrokerSession>> sessions_;
  std::vector<Bytes> reservations_;
  std::vector<contract::FileKey> file_keys_;
  std::vector<OpenedDataset> opened_;
  std::optional<contract::Pipeline> pipeline_;
  std::optional<PreparedData> prepared_;
  std::optional<TrainedModel> model_;
  std::vector<SealedOutput> outputs_;
  std::vector<contract::RunReport::Charge> charges_;
  Bytes report_;
  Bytes receipt_;
  std::vector<Bytes> settlements_;  // in the order of charges_
  bool simulated_ = false;
  std::future<Result<void>> database_;  // being loaded
  std::uint64_t wiped_bytes_ = 0;  // of decrypted files, whose sizes everybody knows; never of anything that data decides
};

Result<void> Run::Enter(State state) {
  state_ = state;
  if (!holding_) return Announce(state);
  held_.push_back(state);
  return {};
}

Result<void> Run::Announce(State state) {
  TRY(journal_.Write("room." + std::string(StateName(state)), Json::Object{}, now_));
  services_.progress.Entered(state);
  return {};
}

Error Run::Explain(const Error& error) const {
  const std::string state(StateName(state_));
  if (IsPrivate(state_)) {
    return Error(ErrorCode::kPrivate, "state " + state + ": failed after data was opened; nothing more is said");
  }
  return error.With("state " + state);
}

Result<RoomOutcome> Run::Go() {
  auto done = Steps();
  if (!done) {
    const Error error = Explain(done.error());
    const bool gives_back = state_ == State::kReserve || state_ == State::kRelease;
    WipePlaintext();
    if (gives_back) GiveBack();
    const Json fields = Json::Object{{"state", StateName(state_)}, {"code", ErrorCodeName(error.code())}};
    // The failure is reported whether or not the log can still be written.
    if (auto written = journal_.Write("room.failed", fields, now_); !written) return error.With("audit log lost");
    return error;
  }
  RoomOutcome outcome{given_->run(), false, {}, charges_};
  for (const SealedOutput& output : outputs_) outcome.outputs.push_back(output.released);
  outcome.simulated = simulated_;
  return outcome;
}

Result<void> Run::Steps() {
  TRY(Start());
  TRY(Verify());
  TRY(MakeKeys());
  TRY(Attest());
  TRY(Reserve());
  TRY(Release());
  TRY(Work());
  TRY(Gate());
  TRY(Record());
  TRY(Enter(State::kHandOver));
  TRY(HandOver(config_.out, outputs_, TRY(MakeProof())));
  return Scrub();
}

Result<void> Run::Start() {
  TRY(Enter(State::kStart));
  given_.emplace(TRY(ReadGiven(config_.init_data, config_.data)));
  TRY(CheckCiphertexts(TheContract(), config_.data));
  return {};
}

Result<void> Run::Verify() {
  TRY(Enter(State::kVerify));
  answer_.emplace(TRY(VerifyAgainstLedger(*given_, services_.ledger, services_.random)));
  now_ = answer_->time();
  return {};
}

Result<void> Run::MakeKeys() {
  TRY(Enter(State::kMakeKeys));
  keys_.emplace(RoomKeys::Make());
  return journal_.Begin(keys_->signing, contract::RoomIssuer(given_->run()));
}

Result<void> Run::Attest() {
  TRY(Enter(State::kAttest));
  // Beside the brokers' work. Not before: until TLS has been used, its library would wait for the loader.
  database_ = std::async(std::launch::async | std::launch::deferred, tables::LoadDatabase);
  for (const contract::InitData::Broker& broker : given_->init_data().brokers) {
    sessions_.push_back(TRY_WITH("broker of " + broker.party,
                                 BrokerSession::Attest(broker, *given_, *keys_, services_.brokers, services_.attester)));
  }
  return {};
}

BrokerSession& Run::SessionOf(const std::string& party) {
  for (const auto& session : sessions_) {
    if (session->party() == party) return *session;
  }
  FailCheck("a session with every provider", __FILE__, __LINE__);
}

Result<void> Run::Reserve() {
  TRY(Enter(State::kReserve));
  TRY_WITH("database", database_.get());
  for (const contract::Dataset& dataset : TheContract().datasets) {
    auto reservation = TRY_WITH("broker of " + dataset.provider,
                                SessionOf(dataset.provider).Reserve(dataset, answer_->cose()));
    TRY(journal_.Write("room.reserved",
                       Json::Object{{"dataset", dataset.id}, {"epsilon", reservation->epsilon}, {"delta", reservation->delta}},
                       now_));
    reservations_.push_back(reservation.cose());
  }
  return {};
}

// The consumer's pipeline is opened and judged before any provider's key is asked for: what the contract does not permit
// costs nobody anything, and why can be said, since nothing of a provider is here.
Result<void> Run::Release() {
  TRY(Enter(State::kRelease));
  answer_.emplace(TRY(CheckReserved(*given_, *answer_, reservations_, services_.ledger, services_.random)));
  now_ = answer_->time();
  TRY(ReleasePipeline());
  for (const contract::Dataset& dataset : TheContract().datasets) {
    if (dataset.id == TheContract().pipeline.dataset) continue;
    file_keys_.push_back(
        TRY_WITH("broker of " + dataset.provider, SessionOf(dataset.provider).Release(dataset, reservations_)));
  }
  return {};
}

Result<void> Run::ReleasePipeline() {
  const contract::Contract& contract = TheContract();
  const contract::Dataset& dataset = *contract.DatasetById(contract.pipeline.dataset);
  const contract::FileKey key =
      TRY_WITH("broker of " + dataset.provider, SessionOf(dataset.provider).Release(dataset, reservations_));
  TRY(Open(dataset, key));
  pipeline_ = TRY(ReadPipeline(contract, opened_));
  const std::vector<std::string> columns = TRY(CheckPreparation(contract, *pipeline_));
  return CheckTraining(contract, *pipeline_, *given_->run_request(), columns);
}

Result<void> Run::Open(const contract::Dataset& dataset, const contract::FileKey& key) {
  opened_.push_back(TRY(OpenDataset(dataset, config_.data, key)));
  wiped_bytes_ += opened_.back().plaintext.size();
  return {};
}

// How long it takes and how far it comes depends on data. Held, the host sees neither.
Result<void> Run::Work() {
  TRY(Enter(State::kOpen));
  const std::chrono::milliseconds hold = std::chrono::seconds(TheContract().compute.hold_seconds);
  if (hold.count() == 0) return OpenAndTrain();
  const std::chrono::milliseconds began = services_.pace.Now();
  holding_ = true;
  const Result<void> worked = OpenAndTrain();
  holding_ = false;
  if (!worked) WipePlaintext();
  const auto periods = (services_.pace.Now() - began) / hold + 1;
  services_.pace.WaitUntil(began + periods * hold);
  if (!worked) {
    state_ = State::kOpen;
    return worked;
  }
  for (const State state : held_) TRY(Announce(state));
  return {};
}

Result<void> Run::OpenAndTrain() {
  const contract::Contract& contract = TheContract();
  for (const contract::FileKey& key : file_keys_) TRY(Open(*contract.DatasetById(key.dataset), key));
  TRY(Enter(State::kPrepare));
  prepared_.emplace(TRY(Prepare(contract, *pipeline_, opened_, services_.random)));
  opened_.clear();
  TRY(Enter(State::kSplit));
  const PeopleSplit split = SplitPeople(*prepared_, pipeline_->validation, services_.random);
  TRY(Enter(State::kTrain));
  model_.emplace(TRY(TrainModel(contract, *pipeline_, *given_->run_request(), *prepared_, split, services_.random)));
  prepared_.reset();
  return {};
}

Result<void> Run::Gate() {
  TRY(Enter(State::kGate));
  answer_.emplace(TRY(CheckStillActive(*given_, *answer_, services_.ledger, services_.random)));
  now_ = answer_->time();
  outputs_ = TRY(SealOutputs(TheContract(), *model_, services_.random));
  for (const contract::Dataset& dataset : TheContract().datasets) {
    const bool metered = TheContract().PrivacyOf(dataset.id) != nullptr;
    charges_.push_back({dataset.id, dataset.account, metered ? model_->epsilon : 0, metered ? model_->delta : 0,
                        metered ? model_->mechanisms : std::vector<contract::Mechanism>{}});
  }
  return {};
}

Result<contract::RunReport> Run::MakeReport() const {
  // The consumer's broker chose the nonce of the evidence that the consumer checks later.
  const ShownEvidence* shown = nullptr;
  for (const auto& session : sessions_) {
    if (session->party() == TheContract().Tdc().did) shown = &session->shown();
  }
  if (shown == nullptr) return Error(ErrorCode::kMismatch, "expected a broker of the consumer, got none");
  const MeasuredIdentity identity = TRY(MeasuredIdentityOf(shown->collected));
  const contract::Digest evidence = TRY(contract::CanonicalDigest(shown->evidence));
  contract::RunReport report{.run = given_->run(),
                             .run_request = given_->run_request().digest(),
                             .contracts = {given_->contract().digest()},
                             .pipeline = TheContract().pipeline.sha256,
                             .room_key = keys_->signing->Public(),
                             .measurement = identity.measurement,
                             .host_data = identity.host_data,
                             .evidence = evidence,
                             .simulated = identity.simulated,
                             .inputs = {},
                             .outputs = {},
                             .spent = charges_,
                             .reservations = reservations_,
                             .audit_head = journal_.head(),
                             .time = now_};
  for (const contract::Dataset& dataset : TheContract().datasets) {
    report.inputs.push_back({dataset.id, dataset.integrity.sha256});
  }
  for (const SealedOutput& output : outputs_) report.outputs.push_back(output.released);
  return report;
}

// Work may outlast a session and its connection, so each broker is shown evidence of the same keys once more.
Result<void> Run::Settle() {
  settlements_.resize(charges_.size());
  for (const contract::InitData::Broker& broker : given_->init_data().brokers) {
    const auto session = TRY_WITH("broker of " + broker.party,
                                  BrokerSession::Attest(broker, *given_, *keys_, services_.brokers, services_.attester));
    for (std::size_t i = 0; i < charges_.size(); ++i) {
      const contract::RunReport::Charge& charge = charges_[i];
      if (TheContract().DatasetById(charge.dataset)->provider != broker.party) continue;
      const contract::Spent spent{given_->run(), charge.dataset, charge.account,
                                  charge.epsilon, charge.delta, charge.mechanisms};
      const auto settlement = TRY_WITH("broker of " + broker.party, session->Report(spent, now_));
      settlements_[i] = settlement.cose();
    }
  }
  return {};
}

Result<void> Run::Record() {
  TRY(Enter(State::kRecord));
  const contract::RunReport report = TRY(MakeReport());
  simulated_ = report.simulated;
  report_ = TRY(contract::SignDocument(report, *keys_->signing, contract::RoomIssuer(given_->run()), now_));
  receipt_ = TRY_WITH("ledger", services_.ledger.Register(report_));
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(TheContract().ledger));
  TRY_WITH("receipt of the run report", ledger::VerifyReceipt(receipt_, report_, trust));
  return Settle();
}

Result<Json> Run::MakeProof() const {
  for (const auto& session : sessions_) {
    if (session->party() != TheContract().Tdc().did) continue;
    const ShownEvidence& shown = session->shown();
    const contract::Proof proof{report_,
                                receipt_,
                                given_->run_request().cose(),
                                settlements_,
                                shown.evidence,
                                given_->init_data_text(),
                                shown.additional_evidence,
                                shown.nonce,
                                shown.tee_pubkey,
                                given_->certification().cose(),
                                TheContract().ToJson(),
                                answer_->answer().checkpoint};
    return proof.ToJson();
  }
  return Error(ErrorCode::kMismatch, "expected a broker of the consumer, got none");
}

void Run::WipePlaintext() {
  opened_.clear();
  prepared_.reset();
  if (model_) Wipe(model_->safetensors);
  model_.reset();
  pipeline_.reset();
  file_keys_.clear();
}

// The pipeline was refused, or a broker its reservation or its key, so no provider's data is opened and what keys came are
// wiped: all brokers that reserved get the word that nothing was spent. One that cannot be reached keeps its charge.
void Run::GiveBack() {
  for (std::size_t i = 0; i < reservations_.size(); ++i) {
    const contract::Dataset& dataset = TheContract().datasets[i];
    (void)SessionOf(dataset.provider).Report({given_->run(), dataset.id, dataset.account, 0, 0, {}}, now_);
  }
}

Result<void> Run::Scrub() {
  TRY(Enter(State::kScrub));
  WipePlaintext();
  const contract::Scrub scrub{given_->run(),
                              {"decrypted files", "prepared rows and labels", "model in the clear", "file keys"},
                              wiped_bytes_,
                              crypto::Sha256(report_),
                              now_};
  const Bytes statement = TRY(contract::SignDocument(scrub, *keys_->signing, contract::RoomIssuer(given_->run()), now_));
  TRY(WriteFile(config_.out / "scrub.cose", statement, FileMode::kPublic));
  TRY(journal_.Write("room.done", Json::Object{{"report", ToHex(crypto::Sha256(report_))}}, now_));
  keys_.reset();
  return {};
}

}  // namespace

Result<RoomOutcome> RunRoom(const RoomConfig& config, const RoomServices& services) {
  return Run(config, services).Go();
}

}  // namespace cloister::room
