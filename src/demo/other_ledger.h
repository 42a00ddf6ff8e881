// For attacks: a second ledger under the name of the world's, for whoever is led to it.
#pragma once

#include "demo/world.h"

namespace cloister::demo {

class OtherLedger {
 public:
  // `world` outlives it. The daemon, once started, ends with this object. Without a copy it makes keys of its own.
  OtherLedger(World& world, const std::string& name) : world_(world), folder_(world.config().folder / name) {}

  // All that the world's ledger has now: keys, log, and the head that it keeps.
  Result<void> Copy();
  Result<void> CopyTlsKeyOnly();
  // Where it answers.
  Result<std::string> Start();
  // Puts a certification on it that the certifier never gave to the world's ledger; after Start().
  Result<void> RegisterACertification(int number);

 private:
  World& world_;
  std::filesystem::path folder_;
  std::string url_;
  std::optional<commands::Process> process_;
};

}  // namespace cloister::demo
