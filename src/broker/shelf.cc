#include "broker/internal/shelf.h"

namespace cloister::broker::internal {
namespace {

using formats::Json;

constexpr std::string_view kContracts = "contracts";
constexpr std::string_view kRevoked = "contracts_revoked";
constexpr std::string_view kCertifications = "certifications";
constexpr std::string_view kRunPapers = "run_papers";
constexpr formats::JsonLimits kRowLimits{.max_bytes = std::size_t{16} << 20, .max_depth = 32};

Result<contract::SignedContract> ReadContract(ByteSpan row) {
  const Json json = TRY(Json::Parse(AsText(row), kRowLimits));
  std::vector<Bytes> signatures;
  for (const std::string& text : TRY(json.GetStrings("signatures"))) signatures.push_back(TRY(FromBase64(text)));
  return contract::SignedContract::VerifyInPart(TRY(json.GetString("contract")), signatures);
}

Json WriteContract(const contract::SignedContract& contract, const contract::SignedContract* known) {
  Json::Array signatures;
  for (const auto& signature : contract.signatures()) signatures.push_back(ToBase64(signature.cose()));
  for (std::size_t i = 0; known != nullptr && i < known->signatures().size(); ++i) {
    const auto& signature = known->signatures()[i];
    if (contract.SignatureOf(signature.issuer()) == nullptr) signatures.push_back(ToBase64(signature.cose()));
  }
  return Json::Object{{"contract", contract.json()}, {"signatures", std::move(signatures)}};
}

Result<Shelf::KeptCertification> ReadCertification(const store::Row& row) {
  const contract::UnverifiedStatement statement = TRY(contract::StatementFromUnverified(row.value));
  const contract::Digest digest = TRY(ToArray<32>(row.key));
  auto certification = TRY(contract::Certification::FromJson(statement.payload));
  return Shelf::KeptCertification{digest, std::move(certification)};
}

}  // namespace

Result<void> Shelf::PutContract(const contract::SignedContract& contract) {
  return store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    const auto row = TRY(transaction.Get(kContracts, contract.digest()));
    std::optional<contract::SignedContract> known;
    if (row) known = TRY_WITH("contract in the store", ReadContract(*row));
    const std::string text = WriteContract(contract, known ? &*known : nullptr).Dump();
    return transaction.Put(kContracts, contract.digest(), AsBytes(text));
  });
}

Result<contract::SignedContract> Shelf::FindContract(const contract::Digest& digest) {
  const auto row = TRY(store_.Get(kContracts, digest));
  if (!row) {
    return Error(ErrorCode::kNotFound, "contract " + ToHex(digest) + ": the owner has not imported it");
  }
  return TRY_WITH("contract in the store", ReadContract(*row));
}

Result<std::vector<contract::SignedContract>> Shelf::AllContracts() {
  std::vector<contract::SignedContract> all;
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    for (const store::Row& row : TRY(snapshot.Scan(kContracts, {}, store::kMaxScan))) {
      all.push_back(TRY_WITH("contract in the store", ReadContract(row.value)));
    }
    return {};
  }));
  return all;
}

Result<void> Shelf::Revoke(const contract::Digest& digest, std::string_view reason, Time now) {
  const Json row = Json::Object{{"reason", reason}, {"time", ToRfc3339(now)}};
  return store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    if (TRY(transaction.Get(kRevoked, digest))) return {};  // the first word stands
    return transaction.Put(kRevoked, digest, AsBytes(row.Dump()));
  });
}

Result<std::optional<OwnersRevocation>> Shelf::RevocationOf(const contract::Digest& digest) {
  const auto row = TRY(store_.Get(kRevoked, digest));
  if (!row) return std::optional<OwnersRevocation>();
  const Json json = TRY(Json::Parse(AsText(*row)));
  OwnersRevocation revocation;
  revocation.reason = TRY(json.GetString("reason"));
  revocation.time = TRY(FromRfc3339(TRY(json.GetString("time"))));
  return std::optional(std::move(revocation));
}

Result<void> Shelf::PutCertification(const contract::Verified<contract::Certification>& certification) {
  return store_.Put(kCertifications, certification.digest(), certification.cose());
}

Result<std::vector<Shelf::KeptCertification>> Shelf::AllCertifications() {
  std::vector<KeptCertification> all;
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    for (const store::Row& row : TRY(snapshot.Scan(kCertifications, {}, store::kMaxScan))) {
      all.push_back(TRY_WITH("certification in the store", ReadCertification(row)));
    }
    return {};
  }));
  return all;
}

Result<std::vector<Shelf::KeptCertification>> Shelf::CertificationsBy(std::string_view certifier) {
  std::vector<KeptCertification> some = TRY(AllCertifications());
  std::erase_if(some, [&](const KeptCertification& kept) { return kept.certification.certifier != certifier; });
  return some;
}

Result<void> Shelf::PutRunPapers(std::string_view run, const RunPapers& papers) {
  const Json row =
      Json::Object{{"run_request", ToBase64(papers.run_request)}, {"certification", ToBase64(papers.certification)}};
  return store_.Put(kRunPapers, AsBytes(run), AsBytes(row.Dump()));
}

Result<Shelf::RunPapers> Shelf::FindRunPapers(std::string_view run) {
  const auto row = TRY(store_.Get(kRunPapers, AsBytes(run)));
  if (!row)
    return Error(ErrorCode::kNotFound, "run " + std::string(run) + ": expected a reservation first, there is none");
  const Json json = TRY(Json::Parse(AsText(*row), kRowLimits));
  RunPapers papers;
  papers.run_request = TRY(FromBase64(TRY(json.GetString("run_request"))));
  papers.certification = TRY(FromBase64(TRY(json.GetString("certification"))));
  return papers;
}

}  // namespace cloister::broker::internal
