#include "collateral/lookup.h"

#include <algorithm>

#include "collateral/internal/rim_id.h"

namespace cloister::collateral {
namespace {

using evidence::SnpCertificateType;

// The item of that name; none where the store has none.
Result<std::optional<CheckedItem>> Find(const Store& store, Kind kind, std::string_view key, Time at) {
  const Entry* entry = store.index().entries.Find(kind, key);
  if (entry == nullptr) return std::optional<CheckedItem>();
  return std::optional(TRY(store.Read(*entry, at)));
}

Result<void> AddChain(ByteSpan pem, evidence::SnpCollateral& out) {
  const auto chain = TRY(crypto::Certificate::ParsePemChain(AsText(pem)));
  CHECK(chain.size() == 2);  // CheckItem saw to it
  out.certificates.push_back({SnpCertificateType::kAsk, chain[0].Der()});
  out.certificates.push_back({SnpCertificateType::kArk, chain[1].Der()});
  return {};
}

Result<void> PutSigned(const Store& store, Kind kind, std::string_view key, Time at, std::string& body, std::string& issuers) {
  const auto item = TRY(Find(store, kind, key, at));
  if (!item) return {};
  body = AsText(item->item().body);
  issuers = AsText(item->item().issuers);
  return {};
}

// The versions of all that the devices say they run.
Result<std::vector<std::string>> VersionsOf(std::span<const evidence::NvidiaEvidence> devices) {
  std::vector<std::string> versions;
  for (const evidence::NvidiaEvidence& device : devices) {
    const auto report = TRY(evidence::ParseNvidiaReport(device.report));
    const auto info = TRY(evidence::ReadNvidiaDeviceInfo(report));
    for (const auto& version : {info.driver_version, info.vbios_version}) {
      if (version) versions.emplace_back(version->view());
    }
  }
  return versions;
}

}  // namespace

Result<evidence::SnpCollateral> SnpCollateralOf(const Store& store, Time at) {
  evidence::SnpCollateral out;
  for (const Entry& entry : store.index().entries.all()) {
    if (entry.kind != Kind::kAmdChain && entry.kind != Kind::kAmdCrl) continue;
    const CheckedItem item = TRY(store.Read(entry, at));
    if (entry.kind == Kind::kAmdChain) {
      TRY(AddChain(item.item().body, out));
    } else {
      out.certificates.push_back({SnpCertificateType::kCrl, item.item().body});
    }
  }
  return out;
}

Result<std::optional<Bytes>> VcekFor(const Store& store, const evidence::SnpReport& report, Time at) {
  using evidence::SnpProduct;
  // Version 2 does not name the line, but the key does: a chip's id and TCB stand under one.
  for (const SnpProduct product : {SnpProduct::kMilan, SnpProduct::kGenoa, SnpProduct::kTurin}) {
    const ByteSpan hwid = ByteSpan(report.chip_id).first(product == SnpProduct::kTurin ? 8 : 64);
    const std::string key = std::string(evidence::SnpProductName(product)) + "/" + ToHex(hwid) + "/" + ToHex(report.reported_tcb);
    const auto item = TRY(Find(store, Kind::kAmdVcek, key, at));
    if (item) return std::optional(item->item().body);
  }
  return std::optional<Bytes>();
}

Result<evidence::IntelCollateral> IntelCollateralOf(const Store& store, evidence::IntelTee tee,
                                                    const std::array<std::uint8_t, 6>& fmspc, PckCa ca, Time at) {
  const std::string name = tee == evidence::IntelTee::kTdx ? "tdx" : "sgx";
  evidence::IntelCollateral out;
  TRY(PutSigned(store, Kind::kIntelTcbInfo, name + "/" + ToHex(fmspc), at, out.tcb_info, out.tcb_info_issuer_chain));
  TRY(PutSigned(store, Kind::kIntelQeIdentity, name, at, out.qe_identity, out.qe_identity_issuer_chain));
  const auto root = TRY(Find(store, Kind::kIntelRootCrl, "root", at));
  if (root) out.root_crl = root->item().body;
  const auto pck = TRY(Find(store, Kind::kIntelPckCrl, ca == PckCa::kPlatform ? "platform" : "processor", at));
  if (pck) out.pck_crl = pck->item().body;
  return out;
}

Result<evidence::IntelCollateral> IntelCollateralFor(const Store& store, const evidence::IntelQuote& quote, Time at) {
  const bool td = std::holds_alternative<evidence::TdReport>(quote.body);
  const auto tee = td ? evidence::IntelTee::kTdx : evidence::IntelTee::kSgx;
  if (quote.certification_type != evidence::kPckCertificateChain) return IntelCollateralOf(store, tee, {}, PckCa::kPlatform, at);
  const auto chain = TRY_WITH("PCK chain", crypto::Certificate::ParsePemChain(AsText(quote.certification)));
  const auto pck = TRY_WITH("PCK chain", evidence::ReadPckFromUnverified(chain.front()));
  const bool processor = chain.front().IssuerCommonName().find("Processor") != std::string::npos;
  return IntelCollateralOf(store, tee, pck.fmspc, processor ? PckCa::kProcessor : PckCa::kPlatform, at);
}

Result<evidence::NvidiaCollateral> NvidiaCollateralFor(const Store& store, std::span<const evidence::NvidiaEvidence> devices, Time at) {
  const std::vector<std::string> versions = TRY(VersionsOf(devices));
  evidence::NvidiaCollateral out;
  for (const Entry& entry : store.index().entries.all()) {
    const bool needed = entry.kind == Kind::kNvidiaRim && std::any_of(versions.begin(), versions.end(), [&](const std::string& version) {
                          return internal::EndsInVersion(entry.key, version);
                        });
    if (!needed && entry.kind != Kind::kNvidiaOcsp) continue;
    Bytes body = TRY(store.Read(entry, at)).item().body;
    if (needed) {
      out.rims.push_back(std::move(body));
    } else {
      out.ocsp.push_back({std::move(body), std::nullopt});
    }
  }
  return out;
}

}  // namespace cloister::collateral
