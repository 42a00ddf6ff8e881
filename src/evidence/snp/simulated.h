// SIMULATED: an AMD secure processor made of software, whose reports are byte-exact and worth nothing. For
// cloister-simulator and for tests; production programs link none of it.
#pragma once

#include "crypto/random.h"
#include "crypto/x509_builder.h"
#include "evidence/snp/verify.h"

namespace cloister::evidence {

struct SimulatedSnpOptions {
  SnpProduct product = SnpProduct::kMilan;
  SnpTcb tcb{.fmc = 0, .bootloader = 4, .tee = 0, .snp = 24, .microcode = 219};
  Time not_before;  // of all certificates and the revocation list
  Time not_after;
  Time vcek_not_after;
  unsigned rsa_bits = 4096;  // as AMD's
  bool revoke_ask = false;   // whether the list names the ASK
};

// What a launch decides about a guest.
struct SimulatedSnpGuest {
  std::array<std::uint8_t, 48> measurement{};
  std::array<std::uint8_t, 32> host_data{};
  SnpPolicy policy{.bits = 0x30000};
  std::array<std::uint8_t, 32> report_id{};  // random for each launch
};

struct SimulatedSnpProcessor {
  SnpProduct product;
  SnpTcb tcb;  // what the VCEK was made for
  std::array<std::uint8_t, 64> chip_id;
  crypto::Certificate ark, ask, vcek;
  crypto::Crl crl;
  crypto::SigningKey vcek_key;
  // From Make() only: the ARK's next list, which names the ASK.
  std::optional<crypto::Crl> revoking_crl = std::nullopt;

  // A new processor with roots of its own; every name says SIMULATED. kUsage: options out of range.
  static Result<SimulatedSnpProcessor> Make(const SimulatedSnpOptions& options, crypto::RandomSource& random);

  // What the processor would sign for `guest`, for callers that change it before Sign().
  SnpReport Report(const SimulatedSnpGuest& guest, const std::array<std::uint8_t, 64>& report_data,
                   std::uint32_t vmpl) const;
  // `report` signed, as 1184 bytes.
  Bytes Sign(SnpReport report) const;
  // VCEK, ASK, ARK and CRL, as a host's certificate table has them.
  std::vector<SnpCertificate> Certificates() const;
  SimulatedAnchors Anchors() const;
};

}  // namespace cloister::evidence
