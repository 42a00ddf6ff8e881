// Virtual TPMs of clouds, and TPMs as Trustee's guests show them.
#include <algorithm>

#include "evidence/conformance/case.h"
#include "evidence/tpm/ak_certificate.h"
#include "evidence/tpm/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::pair<std::string_view, PcrBank> kBanks[] = {
    {"sha1", PcrBank::kSha1}, {"sha256", PcrBank::kSha256}, {"sha384", PcrBank::kSha384}};

Result<DemandedPcrs> AllOf(PcrBank bank) {
  const PcrSelection all = PcrSelection::All(bank);
  if (bank == PcrBank::kSha1) return DemandedPcrs::OfBrokenSha1(all.bits);
  return DemandedPcrs::Of(all);
}

// {"0": hex, …}.
Result<PcrValues> NamedPcrs(ByteSpan file) {
  const Json json = TRY(Json::Parse(AsText(file)));
  PcrValues pcrs;
  for (unsigned i = 0; i < kTpmPcrs; ++i) {
    const auto value = TRY(json.FindString(std::to_string(i)));
    if (value) pcrs[i] = TRY(internal::HexOrNumbers(*value, crypto::RegisterDigest::kMaximum));
  }
  return pcrs;
}

std::string HexId(std::uint16_t id) { return ToHex(Bytes{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id & 0xFF)}); }

Json BankClaims(const VerifiedTpmQuote& verified, const TpmSignature& signature) {
  Json::Array indices;
  for (const unsigned index : verified.selection().Indices()) indices.emplace_back(index);
  Json selection = Json::Array{static_cast<std::uint16_t>(verified.selection().bank), std::move(indices)};
  return Json::Object{{"sig", signature.scheme == TpmScheme::kRsaSsa ? "PKCS1v15" : "other"},
                      {"sig_alg", HexId(static_cast<std::uint16_t>(signature.scheme))},
                      {"digest_alg", signature.hash == PcrBank::kSha256 ? "sha256" : "other"},
                      {"selection", Json::Array{std::move(selection)}},
                      {"extra", ToHex(verified.quote().extra_data)}};
}

// One quote for each bank, by a key that its public area describes, and the log against each of them.
Result<CaseAnswer> RunQuotes(const Case& loaded) {
  const Bytes& area = *TRY(loaded.File("ak_pub"));
  const auto key = TRY(TpmAttestationKey::FromPublicArea(area));
  Json banks = Json::Object{};
  for (const auto& [name, bank] : kBanks) {
    TpmQuoteEvidence evidence;
    evidence.message = *TRY(loaded.File("quote_" + std::string(name)));
    evidence.signature = TRY(ParseTpmSignature(*TRY(loaded.File("sig_" + std::string(name)))));
    evidence.pcrs = TRY(NamedPcrs(*TRY(loaded.File("pcrs_" + std::string(name)))));
    const DemandedPcrs demanded = TRY(AllOf(bank));
    const VerifiedTpmQuote verified =
        TRY(VerifyTpmQuote(evidence, key, {ExpectedTpmNonce::AnyNonce(), demanded, ExpectedTpmInitData::AnyInitData()}));
    TRY(VerifyTpmLog(verified, *TRY(loaded.File("event_log"))));
    banks.Set(name, BankClaims(verified, evidence.signature));
  }
  return CaseAnswer{Json::Object{{"banks", std::move(banks)}, {"nonce", ""}, {"ak_type", ToHex(ByteSpan(area).first(2))}},
                    "the log replays; nobody vouches for the key"};
}

Result<CaseAnswer> RunCertificate(const Case& loaded, VtpmCloud cloud) {
  VtpmCollateral collateral;
  for (const char* role : {"intermediate", "root"}) collateral.certificates.push_back(*TRY(loaded.File(role)));
  const VerifiedVtpmKey verified =
      TRY(VerifyVtpmKey(cloud, *TRY(loaded.File("ak_cert")), {}, collateral, TrustAnchors::Vendors(), TRY(loaded.At())));
  const auto oids = verified.certificate().ExtensionOids();
  return CaseAnswer{Json::Object{{"subject", verified.certificate().SubjectText()},
                                 {"issuer", verified.certificate().IssuerText()},
                                 {"extensions", Json::Array(oids.begin(), oids.end())}},
                    "revocation was not checked"};
}

}  // namespace

Result<CaseAnswer> RunGcpVtpm(const Case& loaded) {
  return loaded.mode == "chain_only" ? RunCertificate(loaded, VtpmCloud::kGoogle) : RunQuotes(loaded);
}

Result<CaseAnswer> RunAzVtpmAk(const Case& loaded) { return RunCertificate(loaded, VtpmCloud::kAzure); }

Result<CaseAnswer> RunTpm(const Case& loaded) {
  const DemandedPcrs demanded = DemandedPcrs::All();
  const TpmEvidence evidence = TRY(TpmEvidenceFromJson(TRY(Json::Parse(AsText(*TRY(loaded.File("evidence"))))), demanded));
  // As if it were enrolled: the case has nobody who vouches for it.
  const auto key = TpmAttestationKey::KnownToBeRestricted(
      TRY(crypto::VerifyingKey::FromSpkiDer(crypto::SignatureAlgorithm::kRs256, evidence.ak_public)));
  const VerifiedTpmQuote verified =
      TRY(VerifyTpmQuote(evidence.quote, key, {ExpectedTpmNonce::AnyNonce(), demanded, ExpectedTpmInitData::AnyInitData()}));
  Json claims = Json::Object{{"pcr_selection", "sha256: 0..23"}, {"pcrs", verified.pcrs().size()}};
  verified.SetClaims(claims);
  return CaseAnswer{std::move(claims), "nobody vouches for the key"};
}

}  // namespace cloister::evidence
