#include "base/byte_reader.h"
#include "evidence/nvidia/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

void SetText(Json& claims, const char* name, const std::optional<NvidiaText>& text) {
  if (text) claims.Set(name, text->view());
}

void SetHex(Json& claims, const char* name, const std::optional<ByteSpan>& value) {
  if (value) claims.Set(name, ToHex(*value));
}

// Trustee writes a status byte as the character of that number.
void SetCharacter(Json& claims, const char* name, const std::optional<std::uint8_t>& status) {
  if (status) claims.Set(name, *status == kNvidiaEnabled ? "\u00AA" : "U");
}

std::string_view TrusteeArch(NvidiaArchitecture architecture) {
  switch (architecture) {
    case NvidiaArchitecture::kHopper:
      return "Hopper";
    case NvidiaArchitecture::kBlackwell:
      return "Blackwell";
    case NvidiaArchitecture::kLs10:
      return "LS10";
  }
  CHECK(false);
}

// How many runtime measurements went into each block, by block.
Json MeasurementCounts(ByteSpan list) {
  Json counts = Json::Object{};
  ByteReader reader(list);
  for (unsigned block = 1; reader.left() >= 4; ++block) counts.Set(std::to_string(block), *reader.Le<std::uint32_t>());
  return counts;
}

std::string Lower(std::string_view view) {
  std::string text(view);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

Json VerifiedNvidiaDevice::TrusteeConfig() const {
  Json config = Json::Object{};
  SetHex(config, "board_id", report_.opaque.Find(NvidiaField::kBoardId));
  SetText(config, "chip_sku", info_.chip_sku);
  SetText(config, "chip_sku_mod", info_.chip_sku_mod);
  SetHex(config, "cpr_info", report_.opaque.Find(NvidiaField::kCprInfo));
  SetText(config, "driver_version", info_.driver_version);
  SetHex(config, "fwid", report_.opaque.Find(NvidiaField::kFwid));
  SetHex(config, "gpu_info", report_.opaque.Find(NvidiaField::kGpuInfo));
  if (const auto list = report_.opaque.Find(NvidiaField::kMeasurementCount)) {
    config.Set("measurement_count", MeasurementCounts(*list));
  }
  SetCharacter(config, "nvdec0_status", info_.nvdec0_status);
  SetText(config, "project", info_.project);
  SetText(config, "project_sku", info_.project_sku);
  SetHex(config, "project_sku_mod", report_.opaque.Find(NvidiaField::kProjectSkuMod));
  SetCharacter(config, "protected_pcie_status", info_.protected_pcie_status);
  if (info_.vbios_version) config.Set("vbios_version", Lower(info_.vbios_version->view()));
  return config;
}

void VerifiedNvidiaDevice::SetDeviceClaims(Json& claims) const {
  claims.Set("chip", chip());
  SetText(claims, "driver_version", info_.driver_version);
  SetText(claims, "vbios_version", info_.vbios_version);
  SetText(claims, "project", info_.project);
  SetText(claims, "project_sku", info_.project_sku);
  SetText(claims, "chip_sku", info_.chip_sku);
  if (info_.protected_pcie_status) claims.Set("protected_pcie", *info_.protected_pcie_status == kNvidiaEnabled);
  if (info_.nvdec0_status) claims.Set("nvdec0_enabled", *info_.nvdec0_status == kNvidiaEnabled);
  SetHex(claims, "feature_flag", report_.opaque.Find(NvidiaField::kFeatureFlag));
  claims.Set("fwid_in_report", info_.fwid.has_value());
  claims.Set("debug_state", "not_in_report");
  claims.Set("hardware_id", ToHex(hardware_id()));
  claims.Set("leaf_serial", ToHex(leaf().Serial()));
}

void VerifiedNvidiaDevice::SetRimClaims(Json& claims) const {
  claims.Set("measurements_compared", comparison_.has_value());
  if (!comparison_) return;
  claims.Set("measurements_compared_count", comparison_->compared.count());
  if (driver_rim_) {
    claims.Set("rim_driver_version", driver_rim_->rim().version);
    claims.Set("rim_driver_tag_id", driver_rim_->rim().tag_id);
  }
  claims.Set("rim_vbios_version", vbios_rim_->rim().version);
  claims.Set("rim_vbios_tag_id", vbios_rim_->rim().tag_id);
  claims.Set("rim_root_sha256", ToHex(vbios_rim_->root().sha256));
}

Json VerifiedNvidiaDevice::Claims() const {
  Json measurements = Json::Object{};
  for (std::size_t i = 0; i < report_.measurements.size(); ++i) {
    measurements.Set(std::to_string(i + 1), ToHex(report_.measurements[i].value));
  }
  Json claims = Json::Object{
      {"tee", IsNvidiaSwitch(architecture()) ? "nvidia-switch" : "nvidia-gpu"},
      {"measurement", ToHex(chain_->fwid())},
      {"report_data", ToHex(report_.nonce)},
      {"simulated", simulated_},
      {"root_sha256", ToHex(root().sha256)},
      {"revocation", revocation_ == NvidiaRevocation::kMustBeGood ? "checked" : "not_checked"},
      {"arch", TrusteeArch(architecture())},
      {"uuid", uuid_.view()},
      {"measurements", std::move(measurements)},
      {"config", TrusteeConfig()},
  };
  SetDeviceClaims(claims);
  SetRimClaims(claims);
  if (collateral_expires_) claims.Set("collateral_expires", ToRfc3339(*collateral_expires_));
  return claims;
}

}  // namespace cloister::evidence
