#include <algorithm>

#include "simulator/machine.h"

namespace cloister::simulator {
namespace {

using evidence::EvidenceKind;
using enum FaultIs;

bool Any(const MachineOptions&) { return true; }
bool HasStatement(const MachineOptions& options) { return options.cpu != EvidenceKind::kNitro; }
bool HasInitData(const MachineOptions& options) { return !options.init_data.empty(); }
bool Is(const MachineOptions& options, std::initializer_list<EvidenceKind> kinds) {
  return std::ranges::find(kinds, options.cpu) != kinds.end();
}
bool HasCertificates(const MachineOptions& options) { return !Is(options, {EvidenceKind::kCca, EvidenceKind::kTpm}); }
bool HasDebug(const MachineOptions& options) {
  return Is(options, {EvidenceKind::kSnp, EvidenceKind::kTdx, EvidenceKind::kSgx, EvidenceKind::kNitro});
}
bool IsSnp(const MachineOptions& options) { return options.cpu == EvidenceKind::kSnp; }
bool IsQuote(const MachineOptions& options) { return Is(options, {EvidenceKind::kTdx, EvidenceKind::kSgx}); }
bool IsIntel(const MachineOptions& options) { return Is(options, {EvidenceKind::kTdx, EvidenceKind::kSgx, EvidenceKind::kAzTdxVtpm}); }
bool IsSnpOrIntel(const MachineOptions& options) { return IsIntel(options) || Is(options, {EvidenceKind::kSnp, EvidenceKind::kAzSnpVtpm}); }
bool IsCca(const MachineOptions& options) { return options.cpu == EvidenceKind::kCca; }
bool HasEnrolledKey(const MachineOptions& options) { return Is(options, {EvidenceKind::kCca, EvidenceKind::kTpm}); }
bool HasIssuer(const MachineOptions& options) { return Is(options, {EvidenceKind::kNitro, EvidenceKind::kGcpVtpm}); }
bool HasTpm(const MachineOptions& options) {
  return Is(options, {EvidenceKind::kTpm, EvidenceKind::kGcpVtpm, EvidenceKind::kAzSnpVtpm, EvidenceKind::kAzTdxVtpm});
}
bool ShowsPublicArea(const MachineOptions& options) { return Is(options, {EvidenceKind::kTpm, EvidenceKind::kGcpVtpm}); }
bool IsAzure(const MachineOptions& options) { return Is(options, {EvidenceKind::kAzSnpVtpm, EvidenceKind::kAzTdxVtpm}); }
bool HasGpu(const MachineOptions& options) { return options.gpus > 0; }
bool HasGpus(const MachineOptions& options) { return options.gpus > 1; }
bool HasSwitches(const MachineOptions& options) { return options.switches > 0; }

constexpr MachineFault kFaults[] = {
    {"replayed", "the CPU signed over another nonce", kRefused, Any},
    {"forged", "one bit of the CPU's signature is another", kRefused, Any},
    {"expired", "the certificate of the CPU's key has ended", kRefused, HasCertificates},
    {"debug", "the guest's memory is open to debuggers", kForPolicy, HasDebug},
    {"stolen", "the statement names another key than the CPU signed for", kRefused, HasStatement},
    {"other-init-data", "the guest was launched with other init-data than the statement's", kRefused, HasInitData},
    {"unknown-device", "the CPU vouches for a device of a kind that nobody knows", kRefused, HasStatement},
    {"revoked", "a revocation list names a certificate of the CPU's", kRefused, IsSnpOrIntel},
    {"other-chip", "the report names another chip than its certificate", kRefused, IsSnp},
    {"host-report", "the host asked for the report, not the guest", kRefused, IsSnp},
    {"out-of-date", "the platform's firmware is old, with known weaknesses", kForPolicy, IsIntel},
    {"stale-collateral", "TCB info and QE identity have ended", kRefused, IsIntel},
    {"other-quoting-enclave", "the quoting enclave names another attestation key", kRefused, IsQuote},
    {"unsecured", "the platform is not in its secured lifecycle", kRefused, IsCca},
    {"unknown-platform", "nobody gave out this platform's key, or enrolled it", kRefused, HasEnrolledKey},
    {"foreign-issuer", "the certificate was signed by a key of the same name that nobody vouches for", kRefused, HasIssuer},
    {"chosen-pcrs", "the TPM quotes other registers than all of them", kRefused, HasTpm},
    {"unrestricted-key", "the TPM's key signs anything", kRefused, ShowsPublicArea},
    {"unbound-key", "another TPM signed the quote than the hardware vouches for", kRefused, IsAzure},
    {"gpu-replayed", "one GPU signed over another nonce", kRefused, HasGpu},
    {"gpu-forged", "one bit of a GPU's signature is another", kRefused, HasGpu},
    {"gpu-other-firmware", "a GPU measured other firmware than its manifests name", kRefused, HasGpu},
    {"gpu-revoked", "NVIDIA's OCSP service says that a GPU's certificate is revoked", kRefused, HasGpu},
    {"gpu-added", "a GPU was added after the CPU had signed", kRefused, HasGpu},
    {"gpu-removed", "a GPU was taken out after the CPU had signed", kRefused, HasGpu},
    {"gpu-missing", "the machine shows one GPU fewer than it should have", kRefused, HasGpu},
    {"gpu-doubled", "one GPU stands in for another", kRefused, HasGpus},
    {"switch-foreign", "a switch belongs to another machine", kRefused, HasSwitches},
    {"gpu-unprotected", "a GPU beside switches is not in protected PCIe mode", kRefused, HasSwitches},
};

}  // namespace

std::span<const MachineFault> MachineFaults() { return kFaults; }

}  // namespace cloister::simulator
