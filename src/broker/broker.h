// A party's key broker: verifies evidence by itself, and releases the party's keys under its policy, its contracts and
// its accounts (DESIGN section 5, step 7). Knows no HTTP: `service` binds it.
#pragma once

#include "audit/refusal_log.h"
#include "broker/account.h"
#include "broker/kbs.h"
#include "broker/resources.h"
#include "broker/session.h"
#include "contract/broker_calls.h"
#include "contract/run.h"
#include "contract/signed_contract.h"

namespace cloister::broker {

// Who the owner is.
struct Owner {
  std::string did;
  std::vector<contract::NamedKey> identity_keys;  // one of them signed each contract that is imported
  std::vector<contract::Digest> tls_keys;         // SHA-256 of the SPKI of our TLS keys
};

// What the broker works with. References outlive it.
struct BrokerParts {
  Owner owner;
  crypto::SigningKey key;  // ES256; contracts name it under the owner's `broker`
  store::Store& store;     // seals
  ledger::Client& ledger;
  ledger::LedgerTrust ledger_trust;
  Seconds ledger_max_age;  // of its answers, by our clock
  evidence::TrustAnchors anchors;
  evidence::EvidenceCollateral collateral;
  crypto::SigningKey token_key;             // ES256; signs EARs
  std::vector<token::NamedJwk> token_keys;  // whose EARs are taken as bearer tokens, beside our own
  audit::AuditLog& audit;
  const Clock& clock;
  crypto::RandomSource& random;
  SessionTable::Limits sessions;
  // The accounts that the owner's tables may be charged to, and the most that each may ever be charged, whatever a contract
  // says. Empty: those of the first contract that charges any, up to what contracts allow.
  std::map<std::string, Privacy> accounts = {};
};

// Safe to use from several threads. Failures become KBS errors by KbsError::From.
class Broker {
 public:
  // Puts pending entries on the ledger and compares all heads. kStale: the store is an old copy. A ledger that does not
  // answer is no failure: every reservation compares again.
  static Result<std::unique_ptr<Broker>> Open(BrokerParts parts);
  ~Broker();

  // --- KBS 0.4.0
  struct Authed {
    std::string session;  // value of the cookie
    Time expires;
    formats::Json challenge;
  };
  Result<Authed> Auth(const formats::Json& request);
  // The EAR. Evidence of any kind, devices and all, is verified against the session's nonce, and what the machine was launched
  // with (HOST_DATA, MRCONFIGID …) against the init-data shown; an SNP report must be of VMPL 0. A room's evidence (with a
  // `cloister` entry) is also checked to be for this party, this connection and our key, and may have no device. Whatever fails
  // burns the nonce.
  Result<std::string> Attest(std::string_view session, const formats::Json& attestation, const Connection& connection);
  // A JWE to the attested key. Contract-bound keys are refused (kRefused).
  Result<std::string> ResourceForSession(std::string_view session, const ResourcePath& path);
  // The same for a bearer token of a verifier that the owner trusts.
  Result<std::string> ResourceForToken(std::string_view token, const ResourcePath& path);

  // --- calls of a room; all in its attested session and on the connection that its evidence names
  // {reservation}. Checks, in this order: session and connection; contract (the owner's own copy, signed by all, not
  // taken back, dates, receipts, active on the ledger in the room's answer and in ours); run request (signature, run,
  // contract, pipeline, times, amounts); init-data against the contract (ledger, brokers and their keys, pipeline, run
  // request); hardware (roots, firmware, debug, certified measurement); dataset and its key; limits of one run; the
  // owner's release policy; the account. kReplayed: another room has the run; kExhausted; kRefused; see
  // Accounts::Reserve.
  Result<formats::Json> Reserve(std::string_view session, const formats::Json& call, const Connection& connection);
  // A JWE of contract::FileKey. Checks all of the above that can change again, and a reservation of every dataset of
  // the contract, by its own broker, for this run, room and amount. The release is on the ledger before the key is
  // wrapped.
  Result<std::string> Release(std::string_view session, const formats::Json& call, const Connection& connection);
  // {settlement} of the room's signed word on what it spent, which must not be below what the mechanisms that it names
  // cost by our own accountant (kMismatch). kRevoked: it trained under a contract that the owner took back meanwhile; a room
  // hands nothing over that is not settled.
  Result<formats::Json> Report(std::string_view session, const formats::Json& call, const Connection& connection);

  // --- the owner
  // `signatures` in any order, the owner's own among them (kRefused), which must be by an identity key of ours. The
  // contract must name our broker key, TLS key and ledger (kMismatch), and charge our tables to the owner's accounts, within
  // the owner's limits (kRefused): another name for the same people's account would be a fresh budget. Importing again
  // adds signatures.
  Result<contract::Digest> ImportContract(std::string_view json, std::span<const Bytes> signatures);
  Result<void> ImportSealedKey(const ResourcePath& path, const sealed::SealingRecord& record,
                               const sealed::Identity& identity);
  // Once a certification of a certifier was imported, only imported ones of that certifier are taken. The certifier
  // must be the one of an imported contract, and have signed it (kNotFound, kUntrusted).
  Result<void> ImportCertification(ByteSpan cose);
  // The owner's word: from now on nothing is reserved or released under the contract, whatever the ledger says. For
  // good.
  Result<void> RevokeContract(const contract::Digest& contract, std::string_view reason);
  Result<void> SetPolicy(PolicyKind kind, std::string_view rego);
  // `id` is "default_cpu" (or "default"), the one that is evaluated (kNotFound: another). kMalformed, kUnsupported: it
  // does not compile.
  Result<void> SetAttestationPolicy(std::string_view id, std::string_view rego);
  Result<void> SetResource(const ResourcePath& path, ByteSpan content);
  Result<void> DeleteResource(const ResourcePath& path);

  // A refused admin call that leaves no entry of its own: of somebody whose token was refused, or of the owner. `call` is
  // its route, not what was asked for. Returns `why`, or why that could not be written.
  Error NoteAdminRefusal(audit::RefusalLog::Asker asker, std::string_view call, const Error& why);

  // For `cloister broker status` and `cloister budget show`. No secrets.
  Result<formats::Json> Status();
  Result<formats::Json> Budget();
  // Ends old sessions, lets reservations lapse, tries what is pending on the ledger. To be called now and then.
  Result<void> Tend();

 private:
  struct State;
  struct RoomCalls;
  explicit Broker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloister::broker
