#include "evidence/nvidia/chain.h"

#include <algorithm>

#include "formats/der.h"

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using formats::DerReader;
using Fwid = std::array<std::uint8_t, kNvidiaFwidSize>;

constexpr std::size_t kChainLength = 5;
constexpr char kCompositeDeviceId[] = "2.23.133.5.4.1";  // TCG DICE; Hopper, LS10
constexpr char kDiceTcbInfo[] = "2.23.133.5.4.1.1";      // Blackwell
constexpr char kSha384[] = "2.16.840.1.101.3.4.2.2";
constexpr formats::DerTag kFwids = formats::DerContext(6);

Error Malformed(const std::string& what) { return Error(ErrorCode::kMalformed, "NVIDIA leaf certificate: " + what); }

// FWID ::= SEQUENCE { hashAlg OBJECT IDENTIFIER, digest OCTET STRING }
Result<Fwid> ReadFwid(DerReader& reader) {
  DerReader fwid = TRY(reader.Enter());
  if (TRY(fwid.Oid()) != kSha384) return Malformed("expected SHA-384 for the FWID");
  const ByteSpan digest = TRY(fwid.OctetString());
  TRY(fwid.Finish());
  return ToArray<kNvidiaFwidSize>(digest);
}

// CompositeDeviceID ::= SEQUENCE { version INTEGER, deviceID SubjectPublicKeyInfo, fwid FWID }
Result<Fwid> FwidOfCompositeDeviceId(ByteSpan extension) {
  DerReader outer(extension);
  DerReader id = TRY(outer.Enter());
  TRY(outer.Finish());
  if (TRY(id.Uint64()) != 1) return Malformed("expected version 1 of CompositeDeviceID");
  TRY(id.Expect(formats::DerTag::kSequence));
  const Fwid fwid = TRY(ReadFwid(id));
  TRY(id.Finish());
  return fwid;
}

// DiceTcbInfo ::= SEQUENCE { …, fwids [6] IMPLICIT SEQUENCE OF FWID, … }: the first is of the firmware that signs.
Result<Fwid> FwidOfDiceTcbInfo(ByteSpan extension) {
  DerReader outer(extension);
  DerReader info = TRY(outer.Enter());
  TRY(outer.Finish());
  std::optional<Fwid> found;
  while (!info.at_end()) {
    if (info.Peek() != kFwids) {
      TRY(info.Next());
      continue;
    }
    if (found) return Malformed("fwids are there twice");
    DerReader fwids = TRY(info.Enter(kFwids));
    found = TRY(ReadFwid(fwids));
    while (!fwids.at_end()) TRY(ReadFwid(fwids));
  }
  if (!found) return Malformed("DiceTcbInfo has no fwids");
  return *found;
}

Result<Fwid> FwidOf(const Certificate& leaf) {
  const auto composite = TRY(leaf.Extension(kCompositeDeviceId));
  const auto tcb_info = TRY(leaf.Extension(kDiceTcbInfo));
  if (composite.has_value() == tcb_info.has_value()) {
    return Malformed(composite ? "two extensions with a FWID" : "no extension with a FWID");
  }
  return composite ? FwidOfCompositeDeviceId(*composite) : FwidOfDiceTcbInfo(*tcb_info);
}

// "LS_10 A01 FSP FMC LF" is of chip LS10. The name counts only because the chip's key signed it.
std::string ChipOf(const Certificate& leaf) {
  const std::string name = leaf.SubjectCommonName();
  std::string chip = name.substr(0, name.find(' '));
  std::erase(chip, '_');
  return chip;
}

Result<void> CheckLeafUse(const Certificate& leaf) {
  const std::optional<crypto::KeyUsage> usage = leaf.Usage();
  if (leaf.IsCa() || !usage || !usage->digital_signature) {
    return Error(ErrorCode::kUntrusted, "NVIDIA leaf certificate: its key is not for signing reports");
  }
  return {};
}

}  // namespace

Result<void> CheckAllValid(std::span<const Certificate> certificates, std::string_view what, Time at) {
  for (const Certificate& certificate : certificates) {
    // As VerifyChain has it: the second of notAfter no longer counts.
    if (at >= certificate.NotBefore() && at < certificate.NotAfter()) continue;
    return Error(ErrorCode::kExpired, std::string(what) + ": \"" + certificate.SubjectCommonName() +
                                          "\" is not valid at " + ToRfc3339(at));
  }
  return {};
}

Result<VerifiedNvidiaChain> VerifiedNvidiaChain::Verify(std::vector<Certificate> chain, const TrustAnchors& anchors,
                                                        Time at) {
  if (chain.size() != kChainLength) {
    return Error(ErrorCode::kUnsupported, "NVIDIA certificate chain: expected 5, got " + std::to_string(chain.size()));
  }
  Root root = TRY(anchors.Find(RootUse::kNvidiaDevice, chain.back()));
  TRY_WITH("NVIDIA certificate chain", crypto::VerifyChain(chain, {&chain.back(), 1}, at));
  const Certificate& leaf = chain.front();
  TRY(CheckLeafUse(leaf));
  auto key = TRY_WITH("NVIDIA leaf certificate", leaf.PublicKey(crypto::SignatureAlgorithm::kEs384));
  std::string chip = ChipOf(leaf);
  const NvidiaArchitecture architecture = TRY(NvidiaArchitectureOfChip(chip));
  const Fwid fwid = TRY_WITH("NVIDIA leaf certificate", FwidOf(leaf));
  return VerifiedNvidiaChain(std::move(chain), std::move(key), std::move(root), architecture, std::move(chip), fwid);
}

Result<void> VerifiedNvidiaChain::CheckAt(Time at) const { return CheckAllValid(certificates_, "NVIDIA certificate chain", at); }

}  // namespace cloister::evidence
