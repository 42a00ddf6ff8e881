// What a store has for verifying one kind of evidence, in the form that its verifier takes.
#pragma once

#include "collateral/store.h"
#include "evidence/intel/verify.h"
#include "evidence/nvidia/verify.h"
#include "evidence/snp/verify.h"

namespace cloister::collateral {

// Every chain and list of AMD's. Lists that have ended are among them: where one is at hand it must be current, so evidence
// is then refused and not verified without one. Errors of Store::Read: nothing corrupt is passed over.
Result<evidence::SnpCollateral> SnpCollateralOf(const Store& store, Time at);
// The certificate (DER) of the chip and TCB that `report` names; none where the store has none. Nothing about the report is
// verified by that.
Result<std::optional<Bytes>> VcekFor(const Store& store, const evidence::SnpReport& report, Time at);

// What verifying a quote of `tee` on a platform of `fmspc`, whose PCK certificate the Processor or the Platform CA issued,
// needs. What the store has not is left empty: the verifier's rule says whether that will do.
enum class PckCa { kProcessor, kPlatform };
Result<evidence::IntelCollateral> IntelCollateralOf(const Store& store, evidence::IntelTee tee,
                                                    const std::array<std::uint8_t, 6>& fmspc, PckCa ca, Time at);
// The same for `quote`, whose PCK certificate says what platform it is of; nothing about it is verified by that. Of a quote
// without certificates only what all platforms share. Errors of Store::Read; kMalformed: the certificates.
Result<evidence::IntelCollateral> IntelCollateralFor(const Store& store, const evidence::IntelQuote& quote, Time at);

// The manifests of the versions that `devices` say they run, and every OCSP answer. Errors of Store::Read; kMalformed: a report.
Result<evidence::NvidiaCollateral> NvidiaCollateralFor(const Store& store, std::span<const evidence::NvidiaEvidence> devices, Time at);

}  // namespace cloister::collateral
