// The room's audit log: which state it entered, and how it ended; signed by its attested key.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "audit/audit_log.h"
#include "room/state.h"

namespace cloister::room {

// Keeps entries in memory until the signing key exists, then writes them and all later ones to `file`, each durable.
// Holds state names, digests and amounts that the contract allows to be known; never anything read from data.
class Journal {
 public:
  explicit Journal(std::filesystem::path file) : file_(std::move(file)) {}

  Result<void> Begin(std::shared_ptr<const crypto::SigningKey> key, std::string actor);
  Result<void> Write(std::string_view event, formats::Json fields, Time now);
  // Zeros before Begin.
  crypto::Sha256Digest head() const;

 private:
  struct Waiting {
    std::string event;
    formats::Json fields;
    Time time;
  };
  std::filesystem::path file_;
  std::vector<Waiting> waiting_;
  std::unique_ptr<audit::AuditLog> log_;
};

}  // namespace cloister::room
