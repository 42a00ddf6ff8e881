// What vendors say about their hardware beside the evidence itself: certificates, revocation lists, firmware levels,
// reference measurements. One piece of it is an item: named, dated, and with all that is needed to check who signed it.
#pragma once

#include "base/bytes.h"

namespace cloister::collateral {

// What an item is; its key says which one.
//   kAmdChain        "vcek/Milan", "vlek/Genoa"   ASK (ASVK) and ARK, PEM, as AMD's KDS gives them
//   kAmdCrl          "vcek/Milan"                 the ARK's revocation list, DER
//   kAmdVcek         "Milan/HWID/TCB"             a chip's certificate, DER; HWID and TCB_VERSION as a report has them, hex
//   kIntelTcbInfo    "tdx/50806f000000"           TCB info of an FMSPC, the service's whole answer (JSON)
//   kIntelQeIdentity "tdx", "sgx"                 QE identity, the service's whole answer (JSON)
//   kIntelPckCrl     "processor", "platform"      revocation list of a PCK CA, DER
//   kIntelRootCrl    "root"                       the root's revocation list, DER
//   kNvidiaRim       "NV_GPU_DRIVER_GH100_…"      reference measurements (SWID tag, XML)
//   kNvidiaOcsp      "ISSUER/SERIAL"              OCSP response, DER; SHA-256 of the issuer's certificate, serial, hex
//   kAzureCa         "SHA256"                     a certificate between an Azure vTPM's and Azure's root, DER
//   kGoogleCa        "SHA256"                     the same of Google's
enum class Kind {
  kAmdChain,
  kAmdCrl,
  kAmdVcek,
  kIntelTcbInfo,
  kIntelQeIdentity,
  kIntelPckCrl,
  kIntelRootCrl,
  kNvidiaRim,
  kNvidiaOcsp,
  kAzureCa,
  kGoogleCa
};

inline constexpr std::size_t kMaxIssuerBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxSourceBytes = 1024;

// "amd-chain", "amd-crl", "amd-vcek", "intel-tcb-info", "intel-qe-identity", "intel-pck-crl", "intel-root-crl", "nvidia-rim",
// "nvidia-ocsp", "azure-ca", "google-ca".
std::string_view KindName(Kind kind);
Result<Kind> KindFromName(std::string_view name);  // kUnsupported
// Bytes that an item of that kind may have.
std::size_t MaximumSize(Kind kind);
// kMalformed: `key` has not the form that the kind's keys have.
Result<void> CheckKey(Kind kind, std::string_view key);

// As it came; nothing about it was checked.
struct Item {
  Kind kind;
  std::string key;
  Bytes body;
  // PEM certificates from the one that signed `body` up to its root; for an OCSP response, from the one that it is about.
  // Empty for kAmdChain and kNvidiaRim, which hold their own.
  Bytes issuers;
  std::string source;  // where it came from: a URL, or a file in words; for people
};

}  // namespace cloister::collateral
