// What a room must show before anything is reserved or released for it: each check by itself, in the order of
// Broker::Reserve. Each fails with what was expected and what came.
#pragma once

#include "broker/broker.h"
#include "broker/internal/shelf.h"

namespace cloister::broker::internal {

// The evidence is for this party, this connection, our key; the init-data names us with that key, and the same
// contracts. kMismatch, kUntrusted (a connection without an exporter, a key that is not ours).
Result<void> CheckBinding(const RoomBinding& room, const Owner& owner, const Connection& connection);

// The call comes over the connection that the attested evidence names. kRefused: no room's session; kMismatch.
Result<const RoomBinding*> CheckSameConnection(const Attested& attested, const Connection& connection);

// Signed by all, in force by our clock, not taken back by the owner. kUntrusted, kExpired, kRevoked.
Result<void> CheckContract(const contract::SignedContract& contract, const std::optional<OwnersRevocation>& revocation,
                           Time now);
// Each signature that must be there has one of `receipts`. kUntrusted.
Result<void> CheckReceipts(const contract::SignedContract& contract, std::span<const Bytes> receipts,
                           const ledger::LedgerTrust& trust);

// The consumer's signed request for this run, contract and pipeline, in time. kUntrusted, kMismatch, kExpired.
Result<contract::Verified<contract::RunRequest>> CheckRunRequest(ByteSpan cose,
                                                                 const contract::SignedContract& contract,
                                                                 const RoomBinding& room, Time now);

// What HOST_DATA fixed agrees with the contract: run request, pipeline, ledger with its keys, and each provider's
// broker with a TLS key of the contract, no more and no fewer. kMismatch.
Result<void> CheckInitData(const RoomBinding& room, const contract::SignedContract& contract,
                           const contract::Digest& run_request);

// A platform of the contract's; root, firmware and guest policy as it demands. Gives the report, of one SNP machine without
// devices, which is all that contracts know. kUntrusted, kRefused.
Result<const evidence::VerifiedSnp*> CheckHardware(const evidence::VerifiedEvidence& evidence, const contract::ComputeTerms& terms);

// The certifier's word covers the measurement, now. `kept`: the owner's own copies; where there are any, it must be
// one. kUntrusted, kMismatch, kExpired, kRefused.
Result<contract::Verified<contract::Certification>> CheckCertification(ByteSpan cose,
                                                                       const contract::Contract& contract,
                                                                       std::span<const Shelf::KeptCertification> kept,
                                                                       ByteSpan measurement, Time now);

// What the run request spends on a dataset: nothing where it does not name it.
Privacy SpendOn(const contract::RunRequest& request, const contract::Dataset& dataset);
// Within what one run may spend; nothing for a dataset without a budget. kExhausted, kRefused.
Result<void> CheckRunLimits(const contract::Contract& contract, const contract::Dataset& dataset,
                            const Privacy& amount);
// The most that the account may ever spend, by this contract.
Privacy TotalOf(const contract::Contract& contract, const contract::Dataset& dataset);

// One reservation for each dataset of the contract, each by its provider's broker, for this run, request, room and
// amount, before its deadline. kUntrusted, kMismatch, kExpired.
Result<void> CheckReservations(std::span<const Bytes> reservations, const contract::SignedContract& contract,
                               const contract::Verified<contract::RunRequest>& request,
                               const contract::Digest& room_key, Time now);

}  // namespace cloister::broker::internal
