#include "evidence/verify.h"

#include <algorithm>

#include "evidence/internal/adapters.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Result<void> CheckSizes(const EvidencePart& part) {
  const auto too_long = [](std::string_view what, std::size_t most, std::size_t got) {
    return Error(ErrorCode::kLimit, std::string(what) + ": expected at most " + std::to_string(most) + ", got " + std::to_string(got));
  };
  if (part.content.size() > kMaxEvidence) return too_long("bytes of evidence", kMaxEvidence, part.content.size());
  if (part.attachments.size() > kMaxAttachments) return too_long("attachments", kMaxAttachments, part.attachments.size());
  for (const Bytes& attachment : part.attachments) {
    if (attachment.size() > kMaxAttachment) return too_long("bytes of an attachment", kMaxAttachment, attachment.size());
  }
  return {};
}

bool Is(const Json& claims, std::string_view name, const Json& value) {
  const Json* claim = claims.Find(name);
  return claim != nullptr && *claim == value;
}

}  // namespace

std::vector<LeftToPolicy> FindLeftToPolicy(const PartFindings& part) {
  std::vector<LeftToPolicy> left;
  const auto look = [&](const char* name, const Json& best, const char* why) {
    const Json* claim = part.claims.Find(name);
    if (claim != nullptr && !(*claim == best)) left.push_back({name, *claim, why});
  };
  look("simulated", false, "no hardware vouches for this");
  look("debug", false, "whoever runs the machine can look into it");
  look("td_migratable", false, "a service TD that the host chose can move the guest, with all that it holds");
  look("vmpl", 0, "something else in the guest asked, with fewer rights than its kernel");
  look("tcb_status", "UpToDate", "the maker knows of weaknesses at this level");
  look("advisory_ids", Json::Array{}, "the maker's advisories for this level");
  look("gce_production", true, "Google made this key for its own tests");
  look("revocation", "checked", "no current list of revoked keys was at hand");
  if (const Json* measurement = part.claims.Find("measurement")) {
    left.push_back({"measurement", *measurement, "whether this code is the code that was meant"});
  }
  if (const Json* loader = part.claims.Find("pcr4"); loader != nullptr && part.claims.Find("pcr_bank") != nullptr) {
    left.push_back({"pcr4", *loader, "whether this loader, and what the other PCRs have, are what was meant"});
  }
  return left;
}

bool VerifiedEvidence::simulated() const {
  // A part that does not say counts as simulated: only the word of its verifier makes it hardware.
  return std::any_of(parts_.begin(), parts_.end(), [](const PartFindings& part) { return !Is(part.claims, "simulated", false); });
}

Result<VerifiedEvidence> VerifyEvidence(const EvidencePart& part, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const EvidenceExpectations& expected, Time at) {
  EvidenceCaches caches(1);
  return VerifyEvidence(part, collateral, anchors, expected, at, caches);
}

Result<VerifiedEvidence> VerifyEvidence(const EvidencePart& part, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const EvidenceExpectations& expected, Time at,
                                        EvidenceCaches& caches) {
  TRY(CheckSizes(part));
  std::vector<PartFindings> parts = TRY(internal::VerifyPart({part, collateral, anchors, expected, at, caches}));
  TRY(internal::RefuseDoubledDevices(parts));
  return VerifiedEvidence(std::move(parts), at);
}

}  // namespace cloister::evidence
