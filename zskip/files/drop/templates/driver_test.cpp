// The C driver on the RTL in Verilator: loads the network, runs the golden vectors, checks every
// word of their results, a refused packet, results without room and an abort. `make driver` builds
// and runs it.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "Vtop.h"
#include "verilated.h"
#include "zskip.h"

namespace {

using Words = std::vector<uint64_t>;

struct Bus {
  VerilatedContext context;
  std::unique_ptr<Vtop> top{new Vtop(&context)};
  Words received;
  bool waits = false;  // m_axis waits for `receive`; otherwise all words go to `received` at once

  // A cycle; outputs are looked at, and inputs changed, between rising edges.
  void cycle() {
    top->eval();
    if (top->m_axis_tvalid && top->m_axis_tready) received.push_back(top->m_axis_tdata);
    top->aclk = 1;
    top->eval();
    top->aclk = 0;
    top->eval();
  }

  template <typename Ready>
  bool wait(Ready ready) {
    for (int cycles = 0; cycles < 100000; cycles++) {
      const bool now = ready();
      cycle();
      if (now) return true;
    }
    return false;
  }
};

Bus *of(void *context) { return static_cast<Bus *>(context); }

int bus_read(void *context, uint32_t address, uint32_t *value) {
  Bus *bus = of(context);
  bus->top->s_axil_araddr = address;
  bus->top->s_axil_arvalid = 1;
  if (!bus->wait([=] { return bus->top->s_axil_arready; })) return 1;
  bus->top->s_axil_arvalid = 0;
  bus->top->s_axil_rready = 1;
  uint32_t response = 0;
  const bool answered = bus->wait([&] {
    *value = bus->top->s_axil_rdata;
    response = bus->top->s_axil_rresp;
    return bus->top->s_axil_rvalid;
  });
  bus->top->s_axil_rready = 0;
  return answered && response == 0 ? 0 : 1;
}

int bus_write(void *context, uint32_t address, uint32_t value) {
  Bus *bus = of(context);
  bus->top->s_axil_awaddr = address;
  bus->top->s_axil_wdata = value;
  bus->top->s_axil_wstrb = 15;
  bus->top->s_axil_awvalid = bus->top->s_axil_wvalid = 1;
  bool address_taken = false, data_taken = false;
  if (!bus->wait([&] {
        // A channel that was taken in the cycle before is not offered again.
        if (address_taken) bus->top->s_axil_awvalid = 0;
        if (data_taken) bus->top->s_axil_wvalid = 0;
        bus->top->eval();
        address_taken = address_taken || bus->top->s_axil_awready;
        data_taken = data_taken || bus->top->s_axil_wready;
        return address_taken && data_taken;
      }))
    return 1;
  bus->top->s_axil_awvalid = bus->top->s_axil_wvalid = 0;
  bus->top->s_axil_bready = 1;
  uint32_t response = 0;
  const bool answered = bus->wait([&] {
    response = bus->top->s_axil_bresp;
    return bus->top->s_axil_bvalid;
  });
  bus->top->s_axil_bready = 0;
  return answered && response == 0 ? 0 : 1;
}

int bus_send(void *context, const uint64_t *words, size_t count) {
  Bus *bus = of(context);
  for (size_t i = 0; i < count; i++) {
    bus->top->s_axis_tdata = words[i];
    bus->top->s_axis_tlast = i + 1 == count;
    bus->top->s_axis_tvalid = 1;
    if (!bus->wait([=] { return bus->top->s_axis_tready; })) return 1;
  }
  bus->top->s_axis_tvalid = 0;
  return 0;
}

int bus_receive(void *context, uint64_t *words, size_t room, size_t *count) {
  Bus *bus = of(context);
  Words &received = bus->received;
  while (bus->waits && received.size() < room && bus->top->m_axis_tvalid) {
    bus->top->m_axis_tready = 1;
    bus->cycle();
    bus->top->m_axis_tready = 0;
  }
  *count = received.size() < room ? received.size() : room;
  std::copy(received.begin(), received.begin() + *count, words);
  received.erase(received.begin(), received.begin() + *count);
  return 0;
}

Words file(const std::string &name) {
  std::ifstream stream(name);
  Words words;
  std::string line;
  while (stream >> line) words.push_back(std::strtoull(line.c_str(), nullptr, 16));
  return words;
}

int fail(const char *what) {
  std::printf("FAIL: %s\n", what);
  return 1;
}

// A packet for a memory that there is not is refused, and the block works on behind an abort.
int refused(const zskip_io &io) {
  const uint64_t packet[] = {1ull << 44 | 0xff, 0};
  zskip_error_info error = {0, 0, 0};
  if (zskip_load(&io, packet, 2) != ZSKIP_OK) return fail("sending a bad packet");
  // The error shows some cycles behind the beat.
  for (int reads = 0; error.code == 0 && reads < 10; reads++)
    if (zskip_error(&io, &error) != ZSKIP_OK) return fail("reading the error");
  if (error.code != ZSKIP_CODE_TARGET || error.header != packet[0]) return fail("the error");
  if (zskip_abort(&io) != ZSKIP_OK) return fail("abort");
  if (zskip_error(&io, &error) != ZSKIP_OK || error.code != 0) return fail("the error stays");
  return 0;
}

// Load an input vector and run it; `got` gives the room and is cut to the words that came.
int run(const zskip_io &io, const uint64_t *input, size_t words, const Words &tiles, Words &got) {
  size_t count = 0;
  int result = zskip_load(&io, input, words);
  if (result != ZSKIP_OK) return result;
  if (tiles.empty()) {
    result = zskip_run(&io, got.data(), got.size(), &count, 10000000);
  } else {
    result = zskip_start(&io);
    if (result == ZSKIP_OK) result = zskip_load(&io, tiles.data(), tiles.size());
    if (result == ZSKIP_OK) result = zskip_finish(&io, got.data(), got.size(), &count, 10000000);
  }
  got.resize(count);
  return result;
}

// Results without room are told, and behind an abort the same vector gives all of them.
int without_room(const zskip_io &io, const uint64_t *input, size_t words, const Words &tiles,
                 const Words &expected) {
  Words got(expected.size() - 1);
  if (run(io, input, words, tiles, got) != ZSKIP_ROOM) return fail("a word too many is not told");
  if (got != Words(expected.begin(), expected.end() - 1)) return fail("results differ");
  if (zskip_abort(&io) != ZSKIP_OK) return fail("abort without room");
  for (const size_t more : {0, 1}) {
    got.resize(expected.size() + more);
    if (run(io, input, words, tiles, got) != ZSKIP_OK) return fail("run behind an abort");
    if (got != expected) return fail("results behind an abort differ");
  }
  return 0;
}

// All vectors in a row give the results of each, and their cycles are counted once.
int in_a_row(const zskip_io &io, const Words &inputs, const Words &expected, const Words &cycles) {
  const size_t vectors = cycles.size();
  zskip_counters before, behind;
  Words got(expected.size());
  size_t count = 0;
  if (zskip_read_counters(&io, &before) != ZSKIP_OK) return fail("counters");
  if (zskip_run_many(&io, inputs.data(), inputs.size() / vectors, vectors, got.data(), got.size(),
                     &count, 10000000) != ZSKIP_OK)
    return fail("runs in a row");
  if (zskip_read_counters(&io, &behind) != ZSKIP_OK) return fail("counters");
  got.resize(count);
  if (got != expected) return fail("results of runs in a row differ");
  if (behind.total_runs - before.total_runs != vectors) return fail("runs in a row are counted");
  uint64_t computing = 0;
  for (const uint64_t of_one : cycles) computing += of_one;
  std::printf("%zu vectors in a row: %u cycles, computing %u\n", vectors,
              static_cast<unsigned>(behind.total_cycles - before.total_cycles),
              static_cast<unsigned>(computing));
  return 0;
}

}  // namespace

int main() {
  Bus bus;
  const zskip_io io = {&bus, bus_read, bus_write, bus_send, bus_receive};
  bus.top->m_axis_tready = 1;
  for (int i = 0; i < 4; i++) bus.cycle();
  bus.top->aresetn = 1;
  bus.cycle();
  if (zskip_open(&io) != ZSKIP_OK) return fail("no block");
  const Words load = file("load.hex"), inputs = file("vectors/inputs.hex");
  const Words tiles = file("tiles.hex");  // there is none where weights stay on chip
  const Words expected = file("vectors/outputs.hex"), cycles = file("vectors/cycles.hex");
  if (load.empty() || cycles.empty()) return fail("the files of the network must be here");
  const size_t words = inputs.size() / cycles.size(), results = expected.size() / cycles.size();
  if (zskip_load(&io, load.data(), load.size()) != ZSKIP_OK) return fail("load");
  for (size_t vector = 0; vector < cycles.size(); vector++) {
    if (refused(io)) return 1;
    Words got(results);
    if (run(io, &inputs[vector * words], words, tiles, got) != ZSKIP_OK) return fail("run");
    if (got.size() != results) return fail("number of words of results");
    for (size_t i = 0; i < results; i++)
      if (got[i] != expected[vector * results + i]) return fail("results differ");
    zskip_counters counters;
    if (zskip_read_counters(&io, &counters) != ZSKIP_OK) return fail("counters");
    if (counters.total_runs != vector + 1 || counters.read_beats != results ||
        counters.run_cycles < cycles[vector])
      return fail("counters");
    std::printf("vector %zu: %u cycles, computing %u\n", vector, counters.run_cycles,
                static_cast<unsigned>(cycles[vector]));
  }
  if (tiles.empty() && in_a_row(io, inputs, expected, cycles)) return 1;
  const Words first(expected.begin(), expected.begin() + results);
  for (const bool waits : {false, true}) {
    bus.waits = waits;
    bus.top->m_axis_tready = !waits;
    if (without_room(io, inputs.data(), words, tiles, first)) return 1;
  }
  std::printf("PASS: %zu vectors\n", cycles.size());
  return 0;
}
