#include "attester/machine.h"

#include <algorithm>

#include "attester/event_logs.h"
#include "attester/nsm.h"
#include "attester/nvml.h"
#include "attester/tsm_attester.h"

namespace cloister::attester {
namespace {

using formats::Json;

template <std::size_t N>
std::array<std::uint8_t, N> Fit(ByteSpan nonce) {
  std::array<std::uint8_t, N> out{};
  std::copy_n(nonce.begin(), std::min(N, nonce.size()), out.begin());
  return out;
}

std::filesystem::path Below(const std::filesystem::path& root, std::string_view absolute) {
  return root / std::filesystem::path(absolute).relative_path();
}

Result<CollectedPart> CollectTsm(const MachinePlaces& places, ByteSpan nonce, crypto::RandomSource& random) {
  const auto folder = Below(places.root, kTsmReportFolder);
  if (!std::filesystem::exists(folder)) {
    return Error(ErrorCode::kNotFound, folder.string() + " is not there: no confidential guest, or a kernel before 6.7");
  }
  ConfigfsTsm entries(folder);
  CollectedEvidence collected = TRY(TsmAttester(entries, random).Collect(Fit<64>(nonce)));
  if (collected.tee == "tdx") collected.event_log = TRY_WITH("CCEL", ReadCcel(places.root));
  Json evidence = TRY(collected.ToJson());
  return CollectedPart{.tee = std::move(collected.tee), .evidence = std::move(evidence)};
}

Result<CollectedPart> CollectNsm(const MachinePlaces& places, ByteSpan nonce, crypto::RandomSource&) {
  NsmFile device(Below(places.root, kNsmDevice));
  Bytes document = TRY(CollectNitro(device, nonce));
  Json evidence = Json::Object{{"document", ToBase64(document)}};
  return CollectedPart{.tee = "nitro", .evidence = std::move(evidence), .raw = std::move(document)};
}

Result<CollectedPart> CollectTpmPart(const MachinePlaces& places, ByteSpan nonce, crypto::RandomSource&) {
  TpmOptions options = places.tpm;
  if (options.tcti.empty()) options.tcti = "device:" + Below(places.root, kTpmDevice).string();
  TpmCollection collected = TRY(CollectTpm(options, nonce));
  // The log of another TPM than this machine's first would not be its own.
  if (places.tpm.tcti.empty()) collected.event_log = TRY_WITH("event log", ReadTpmLog(places.root));
  Json evidence = TRY(collected.ToJson());
  return CollectedPart{.tee = "tpm", .evidence = std::move(evidence)};
}

Result<CollectedPart> CollectNvidia(const MachinePlaces& places, ByteSpan nonce, crypto::RandomSource&) {
  const GpuNonce fitted = Fit<32>(nonce);
  const auto collected = TRY(CollectGpus(places.nvml.empty() ? std::string(kNvmlLibrary) : places.nvml, fitted));
  Json evidence = Json::Object{{"device_evidence_list", collected.ToJson(fitted)}};
  return CollectedPart{.tee = "nvidia", .evidence = std::move(evidence)};
}

struct Way {
  const char* tee;
  Result<CollectedPart> (*collect)(const MachinePlaces&, ByteSpan, crypto::RandomSource&);
};
constexpr Way kWays[] = {
    {"snp, tdx, cca", CollectTsm}, {"nitro", CollectNsm}, {"tpm", CollectTpmPart}, {"nvidia", CollectNvidia}};

}  // namespace

Json MachineEvidence::ToJson(ByteSpan nonce) const {
  Json::Array evidence, missing;
  for (const CollectedPart& part : found) evidence.push_back(Json::Object{{"tee", part.tee}, {"evidence", part.evidence}});
  for (const AbsentPart& part : absent) {
    missing.push_back(Json::Object{{"tee", part.tee}, {"code", ErrorCodeName(part.why.code())}, {"why", part.why.message()}});
  }
  return Json::Object{{"nonce", ToHex(nonce)}, {"evidence", std::move(evidence)}, {"absent", std::move(missing)}};
}

Result<MachineEvidence> CollectMachine(const MachinePlaces& places, ByteSpan nonce, crypto::RandomSource& random) {
  if (nonce.empty() || nonce.size() > 64) return Error(ErrorCode::kUsage, "expected a nonce of 1 to 64 bytes");
  MachineEvidence out;
  for (const Way& way : kWays) {
    auto part = way.collect(places, nonce, random);
    if (part) {
      out.found.push_back(*std::move(part));
    } else {
      out.absent.push_back({way.tee, part.error()});
    }
  }
  return out;
}

}  // namespace cloister::attester
