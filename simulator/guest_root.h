// The guest's file system and what it may do, set up from within its new namespaces.
#pragma once

#include <span>
#include <vector>

#include "simulator/descriptor.h"
#include "simulator/image.h"
#include "simulator/relay.h"

namespace cloister::simulator {

struct GuestRootPlan {
  const GuestImage& image;
  ByteSpan init_data;                 // appears as /init-data.toml
  std::filesystem::path data;         // host folder, read-only at /data; empty: none
  std::filesystem::path out;          // host folder, writable at /out; empty: none
  std::span<const Relay> relays;      // appear as /net/NAME.sock
  std::filesystem::path mount_point;  // an empty host folder to build the root on
};

struct GuestDevices {
  Descriptor fuse;                    // the report device's side of /sys/kernel/config/tsm/report
  std::vector<Descriptor> listeners;  // of the relays, in their order
};

// To be called in new mount, pid, net, ipc and uts namespaces. Builds the root file system on a fresh tmpfs (the image's
// bytes, /init-data.toml, /proc, /dev with null, zero, random, urandom, the report device, relays, /data, /out), makes it
// the root and drops everything else. Nothing but /out can be written.
// kUnavailable: the kernel or the host's settings do not allow a step; the message says which, and what helps.
Result<GuestDevices> EnterGuestRoot(const GuestRootPlan& plan);

// Takes all capabilities and every way to new ones away, and core dumps. The calling process, whose memory holds the
// processor's key, becomes unreadable for the program that it starts afterwards with the same user id.
Result<void> DropPrivileges();

}  // namespace cloister::simulator
