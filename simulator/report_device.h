// SIMULATED: the guest's /sys/kernel/config/tsm/report, as a FUSE file system with the layout and the rules of configfs-tsm.
#pragma once

#include <memory>

#include "attester/simulated_tsm.h"
#include "simulator/descriptor.h"

namespace cloister::simulator {

// Answers the requests of one mounted file system in a thread of its own, until it is unmounted everywhere.
class ReportDevice {
 public:
  // `fuse` is an open /dev/fuse over which the file system is mounted already (in the guest's mount namespace).
  // kInternal: libfuse refuses.
  static Result<std::unique_ptr<ReportDevice>> Serve(Descriptor fuse, attester::SimulatedTsm tsm);
  // The mount has to be gone by now; waits for the thread.
  ~ReportDevice();

 private:
  class Implementation;
  explicit ReportDevice(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace cloister::simulator
