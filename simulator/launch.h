// Launches a guest as a secure processor launches a VM.
#pragma once

#include "evidence/snp/simulated.h"
#include "simulator/image.h"
#include "simulator/launch_times.h"
#include "simulator/relay.h"

namespace cloister::simulator {

struct LaunchOptions {
  Bytes init_data;              // HOST_DATA is its SHA-256
  std::filesystem::path data;   // read-only at /data; empty: none
  std::filesystem::path out;    // writable at /out; empty: none
  std::vector<Relay> relays;
  bool debug_guest = false;     // POLICY.DEBUG set, as an operator who wants to look inside would
  LaunchTimes* times = nullptr; // borrowed; null: nobody measures
};

// Runs the image's program to its end in namespaces of its own, with a report device that signs for exactly this image and
// init-data. Gives the program's exit status (128 + signal where one ended it). SIGTERM, SIGINT and SIGHUP to this process
// kill the guest, and so does this process's death. To be called while this process has one thread; relays' threads stay
// until it ends.
// kUnavailable: FUSE, namespaces or privileges are missing; the message says what helps. kUsage: paths of the image lie
// where the guest's own folders are.
Result<int> Launch(const evidence::SimulatedSnpProcessor& processor, const GuestImage& image,
                   const LaunchOptions& options, crypto::RandomSource& random);

}  // namespace cloister::simulator
