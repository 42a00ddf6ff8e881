#include <algorithm>

#include "crypto/ocsp.h"
#include "evidence/conformance/case.h"
#include "evidence/nvidia/chain.h"
#include "evidence/nvidia/verify.h"
#include "formats/der.h"

namespace cloister::evidence {
namespace {

using formats::Json;

// RFC 4514 §2.3.
std::string AttributeName(const std::string& oid) {
  if (oid == "2.5.4.3") return "CN";
  if (oid == "2.5.4.6") return "C";
  if (oid == "2.5.4.7") return "L";
  if (oid == "2.5.4.8") return "ST";
  if (oid == "2.5.4.10") return "O";
  return oid == "2.5.4.11" ? "OU" : oid;
}

// RFC 4514: the last attribute first. NVIDIA's names need no escapes.
Result<std::string> NameText(const Bytes& der) {
  formats::DerReader outer(der);
  formats::DerReader name = TRY(outer.Enter());
  std::string text;
  while (!name.at_end()) {
    formats::DerReader set = TRY(name.Enter(formats::DerTag::kSet));
    formats::DerReader pair = TRY(set.Enter());
    const std::string attribute = AttributeName(TRY(pair.Oid()));
    const std::string value(AsText(TRY(pair.Next()).content));
    text = attribute + "=" + value + (text.empty() ? "" : "," + text);
  }
  return text;
}

// As Python's hex() writes a number.
std::string NumberText(const Bytes& number) {
  const std::string hex = ToHex(number);
  return "0x" + hex.substr(std::min(hex.find_first_not_of('0'), hex.size()));
}

Json OrNull(const std::optional<NvidiaText>& text) { return text ? Json(text->view()) : Json(nullptr); }
Json OrNull(const std::optional<std::uint8_t>& status) {
  return status ? Json(ToHex(std::array<std::uint8_t, 1>{*status})) : Json(nullptr);
}

Json FromClaim(const Json& claims, std::string_view name) {
  const Json* found = claims.Find(name);
  return found == nullptr ? Json(nullptr) : *found;
}

// What was verified, in the names of the manifest.
Result<Json> DeviceClaims(const VerifiedNvidiaDevice& device) {
  const NvidiaReport& report = device.report();
  const NvidiaDeviceInfo& info = device.info();
  Json claims = Json::Object{
      {"nonce", ToHex(report.nonce)},
      {"response_nonce", ToHex(report.response_nonce)},
      {"spdm_version", 0x11},  // no other is taken
      {"measurement_blocks", report.measurements.size()},
      {"driver_version", OrNull(info.driver_version)},
      {"vbios_version", OrNull(info.vbios_version)},
      {"project", OrNull(info.project)},
      {"project_sku", OrNull(info.project_sku)},
      {"chip_sku", OrNull(info.chip_sku)},
      {"fwid", info.fwid ? Json(ToHex(*info.fwid)) : Json(nullptr)},
      {"nvdec0_status", OrNull(info.nvdec0_status)},
      {"protected_pcie_status", OrNull(info.protected_pcie_status)},
      {"leaf_serial", NumberText(device.leaf().Serial())}};
  claims.Set("leaf_subject", TRY(NameText(device.leaf().SubjectDer())));
  if (info.fwid) claims.Set("fwid_matches_leaf", true);  // refused otherwise
  if (const auto& comparison = device.comparison()) {
    const Json all = device.Claims();
    claims.Set("active_measurements", comparison->compared.count() + comparison->skipped.count());
    claims.Set("mismatched_indexes", Json::Array{});  // refused otherwise
    claims.Set("driver_rim_version", FromClaim(all, "rim_driver_version"));
    claims.Set("vbios_rim_version", FromClaim(all, "rim_vbios_version"));
  }
  return claims;
}

NvidiaExpectations Expecting(const NvidiaNonce& nonce, bool with_rims) {
  return {.nonce = nonce,
          .measurements = with_rims ? NvidiaMeasurements::kMustMatch : NvidiaMeasurements::kNotCompared,
          .revocation = NvidiaRevocation::kNotChecked};
}

// What Trustee's verifier claims of the same report.
Result<void> CompareTrusteeClaims(const Json& ours, const Bytes& expected) {
  const Json theirs = TRY(Json::Parse(AsText(expected)));
  for (const auto& [name, value] : *TRY(theirs.AsObject())) {
    if (FromClaim(ours, name) == value) continue;
    return Error(ErrorCode::kMismatch, "claim " + name + ": expected " + value.Dump() + ", got " +
                                           FromClaim(ours, name).Dump());
  }
  return {};
}

Result<std::string> Chain(const Case& loaded) { return std::string(AsText(*TRY(loaded.File("cert_chain")))); }

}  // namespace

Result<CaseAnswer> RunNvidiaDevice(const Case& loaded) {
  NvidiaEvidence evidence{.architecture = NvidiaArchitecture::kHopper, .report = {}, .certificates = {}, .uuid = {}};
  evidence.report = *TRY(loaded.File("report"));
  evidence.certificates = TRY(Chain(loaded));
  const auto certificates = TRY(crypto::Certificate::ParsePemChain(evidence.certificates));
  const auto chain = TRY(VerifiedNvidiaChain::Verify(certificates, TrustAnchors::Vendors(), TRY(loaded.At())));
  if (IsNvidiaSwitch(chain.architecture()) != (loaded.tee == "nvidia-switch")) {
    return Error(ErrorCode::kMismatch, "another kind of device than the case says");
  }
  // The manifest has no word on the line.
  evidence.architecture = chain.architecture();
  NvidiaCollateral collateral;
  for (const auto& role : {"driver_rim", "vbios_rim"}) {
    if (const auto rim = loaded.File(role)) collateral.rims.push_back(**rim);
  }
  // No vector has a nonce that we chose: the one it carries stands in for it.
  const NvidiaReport unverified = TRY(ParseNvidiaReport(evidence.report));
  const bool with_rims = loaded.mode != "report_and_chain";
  const auto verified = TRY(VerifyNvidia(evidence, collateral, TrustAnchors::Vendors(),
                                         Expecting(unverified.nonce, with_rims), TRY(loaded.At())));
  Json claims = TRY(DeviceClaims(verified));
  return CaseAnswer{std::move(claims), with_rims ? "revocation was not checked" : "manifests and revocation were not checked"};
}

Result<CaseAnswer> RunNvidiaRim(const Case& loaded) {
  const auto verified = TRY(VerifyNvidiaRim(*TRY(loaded.File("rim")), TrustAnchors::Vendors(), TRY(loaded.At())));
  Json::Array active;
  for (const auto& [index, measurement] : verified.rim().measurements) {
    if (measurement.active) active.emplace_back(index);
  }
  Json claims = Json::Object{{"name", verified.rim().product},
                             {"version", verified.rim().version},
                             {"active", std::move(active)},
                             {"tagId", verified.rim().tag_id}};
  return CaseAnswer{std::move(claims), "revocation was not checked"};
}

// A manifest as Trustee's registry takes it, which gives each measurement one value: the first that is not zeros.
Result<CaseAnswer> RunNvidiaSwid(const Case& loaded) {
  std::string text(AsText(*TRY(loaded.File("rim_b64"))));
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  // The case names no time: one at which its signer's certificate is valid.
  const auto verified = TRY(VerifyNvidiaRim(TRY(FromBase64(text)), TrustAnchors::Vendors(), TRY(FromRfc3339("2025-01-01T00:00:00Z"))));
  Json claims = Json::Object{};
  for (const auto& [index, measurement] : verified.rim().measurements) {
    const auto value = std::ranges::find_if(measurement.alternatives, [](const Bytes& each) { return each != Bytes(each.size()); });
    if (value == measurement.alternatives.end()) continue;
    claims.Set("NVIDIA_Corporation.GPU.measurement_" + std::to_string(index), ToHex(*value));
  }
  return CaseAnswer{std::move(claims), "its signature was checked; revocation was not"};
}

// The manifest has no issuers: a response is checked with the certificate that it brings.
Result<CaseAnswer> RunNvidiaOcsp(const Case& loaded) {
  const auto response = TRY(crypto::OcspResponse::ParseDer(*TRY(loaded.File("response"))));
  const auto responder = TRY(crypto::CheckOcspSignatureOnly(response));
  const Time at = TRY(loaded.At());
  if (at < response.ThisUpdate() || !response.NextUpdate() || at > *response.NextUpdate()) {
    return Error(ErrorCode::kExpired, "the response is not current");
  }
  TRY(responder.CheckValidity(at));
  std::string status(crypto::OcspStatusName(response.status()));
  for (char& c : status) c = static_cast<char>(c - 'a' + 'A');
  Json claims = Json::Object{{"cert_status", status},
                             {"serial", NumberText(response.Serial())},
                             {"this_update", ToRfc3339(response.ThisUpdate())},
                             {"next_update", ToRfc3339(*response.NextUpdate())}};
  claims.Set("responder", TRY(NameText(responder.SubjectDer())));
  return CaseAnswer{std::move(claims), "the responder's own chain was not checked"};
}

// Trustee's cases: a report as hex text, perhaps in a longer buffer, and its nonce as the start of 48 bytes of report data.
Result<CaseAnswer> RunTrusteeNvidia(const Case& loaded) {
  const std::string pem = TRY(Chain(loaded));
  const auto certificates = TRY(crypto::Certificate::ParsePemChain(pem));
  if (loaded.mode == "chain_only") {
    TRY(VerifiedNvidiaChain::Verify(certificates, TrustAnchors::Vendors(), TRY(loaded.At())));
    return CaseAnswer{Json::Object{}, "a chain without a report"};
  }
  std::string hex(AsText(*TRY(loaded.File("report_hex"))));
  std::erase_if(hex, [](char c) { return c == '\n' || c == '\r'; });
  const Bytes buffer = TRY(FromHex(hex));
  const ByteSpan report = TRY(NvidiaReportInBuffer(buffer));
  const Json& expected = *TRY(loaded.entry.GetObject("expected_claims"));
  const std::string report_data =
      TRY(expected.FindString("report_data")).value_or(TRY(expected.GetString("nonce")));
  const NvidiaNonce nonce = TRY(ToArray<kNvidiaNonceSize>(TRY(FromHex(report_data.substr(0, 2 * kNvidiaNonceSize)))));
  const NvidiaEvidence evidence{NvidiaArchitecture::kHopper, ToBytes(report), pem, "1111-2222-33333-444444-555555"};
  const auto verified =
      TRY(VerifyNvidia(evidence, {}, TrustAnchors::Vendors(), Expecting(nonce, false), TRY(loaded.At())));
  if (const auto file = loaded.File("expected_claims")) TRY(CompareTrusteeClaims(verified.Claims(), **file));
  Json claims = TRY(DeviceClaims(verified));
  claims.Set("bytes", buffer.size());
  claims.Set("trailing_bytes", buffer.size() - report.size());
  claims.Set("certificates", certificates.size());
  claims.Set("report_data", report_data);
  return CaseAnswer{std::move(claims), "manifests and revocation were not checked"};
}

}  // namespace cloister::evidence
