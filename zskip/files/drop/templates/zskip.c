/* Driver of a block behind AXI; zskip.h says how it is used. */
#include "zskip.h"

#define FIELD(value, name) ((value) >> ZSKIP_##name##_LOW & ((1u << ZSKIP_##name##_BITS) - 1u))
#define BIT(name) (1u << ZSKIP_##name##_LOW)

enum { WORDS_LOW = 44, WORDS_MASK = 0xfffff, KIND_MASK = 0xff, LANES = 4, LANE_BITS = 16 };

static int read32(const zskip_io *io, uint32_t address, uint32_t *value) {
  return io->read(io->context, address, value) ? ZSKIP_BUS : ZSKIP_OK;
}

/* The block keeps the high half of the cycle in which the low one was read. */
static int read64(const zskip_io *io, uint32_t address, uint64_t *value) {
  uint32_t low, high;
  if (read32(io, address, &low) || read32(io, address + 4, &high)) return ZSKIP_BUS;
  *value = (uint64_t)high << 32 | low;
  return ZSKIP_OK;
}

static int write32(const zskip_io *io, uint32_t address, uint32_t value) {
  return io->write(io->context, address, value) ? ZSKIP_BUS : ZSKIP_OK;
}

static size_t data_words(uint64_t header) { return (size_t)(header >> WORDS_LOW & WORDS_MASK); }

int zskip_open(const zskip_io *io) {
  uint32_t identification, version;
  if (read32(io, ZSKIP_ID, &identification) || read32(io, ZSKIP_VERSION, &version))
    return ZSKIP_BUS;
  if (identification != ZSKIP_IDENTIFICATION) return ZSKIP_UNKNOWN;
  if (FIELD(version, VERSION_MAP) != ZSKIP_MAP_VERSION) return ZSKIP_UNKNOWN;
  return zskip_abort(io);
}

int zskip_load(const zskip_io *io, const uint64_t *words, size_t count) {
  while (count) {
    size_t packet = 1 + data_words(words[0]);
    if (packet > count) return ZSKIP_PACKET;
    if (io->send(io->context, words, packet)) return ZSKIP_BUS;
    words += packet;
    count -= packet;
  }
  return ZSKIP_OK;
}

int zskip_start(const zskip_io *io) {
  return write32(io, ZSKIP_CONTROL, BIT(CONTROL_START)) ? ZSKIP_BUS : ZSKIP_OK;
}

int zskip_run(const zskip_io *io, uint64_t *results, size_t room, size_t *count, uint32_t polls) {
  *count = 0;
  if (zskip_start(io)) return ZSKIP_BUS;
  return zskip_finish(io, results, room, count, polls);
}

/* Start what is left of the vectors as the block is ready for it, and wait for all results: as many
 * words as the register `beats` has counted from `before` on. */
static int flow(const zskip_io *io, const uint64_t *inputs, size_t words, size_t vectors,
                uint32_t beats, uint32_t before, uint64_t *results, size_t room, size_t *count,
                uint32_t polls) {
  uint32_t status, sent;
  size_t got;
  *count = 0;
  while (polls--) {
    /* Only a status that is read with all room taken tells whether there is a word too many. */
    int full = *count == room;
    if (read32(io, ZSKIP_STATUS, &status)) return ZSKIP_BUS;
    if (io->receive(io->context, results + *count, room - *count, &got)) return ZSKIP_BUS;
    *count += got;
    if (FIELD(status, STATUS_ERROR)) {
      if (!(status & BIT(STATUS_BUSY))) return ZSKIP_REFUSED;
    } else if (vectors && (status & BIT(STATUS_READY) || !(status & BIT(STATUS_BUSY)))) {
      int result = zskip_load(io, inputs, words);
      if (result) return result;
      if (zskip_start(io)) return ZSKIP_BUS;
      inputs += words;
      vectors--;
      continue;
    }
    if (full && status & BIT(STATUS_SENDING)) return ZSKIP_ROOM;
    if (!vectors && !(status & (BIT(STATUS_BUSY) | BIT(STATUS_SENDING)))) {
      if (read32(io, beats, &sent)) return ZSKIP_BUS;
      sent -= before;
      if (sent > room) return ZSKIP_ROOM;
      if (*count >= sent) return ZSKIP_OK;
    }
  }
  return ZSKIP_TIMEOUT;
}

int zskip_finish(const zskip_io *io, uint64_t *results, size_t room, size_t *count,
                 uint32_t polls) {
  return flow(io, NULL, 0, 0, ZSKIP_READ_BEATS, 0, results, room, count, polls);
}

int zskip_run_many(const zskip_io *io, const uint64_t *inputs, size_t words, size_t vectors,
                   uint64_t *results, size_t room, size_t *count, uint32_t polls) {
  uint32_t before;
  if (read32(io, ZSKIP_TOTAL_READ_BEATS, &before)) return ZSKIP_BUS;
  return flow(io, inputs, words, vectors, ZSKIP_TOTAL_READ_BEATS, before, results, room, count,
              polls);
}

const uint64_t *zskip_packet(const uint64_t *results, size_t count, size_t *at, uint32_t kind,
                             size_t *words) {
  while (*at < count) {
    uint64_t header = results[*at];
    const uint64_t *data = results + *at + 1;
    *words = data_words(header);
    if (*words > count - *at - 1) break;
    *at += 1 + *words;
    if ((uint32_t)(header & KIND_MASK) == kind) return data;
  }
  return NULL;
}

int16_t zskip_activation(const uint64_t *words, size_t index) {
  int32_t value = (int32_t)(words[index / LANES] >> index % LANES * LANE_BITS & 0xffff);
  return (int16_t)(value < 0x8000 ? value : value - 0x10000);
}

size_t zskip_pack(uint32_t target, const int16_t *activations, size_t count, uint64_t *words) {
  size_t data = (count + LANES - 1) / LANES;
  size_t i;
  words[0] = (uint64_t)data << WORDS_LOW | target;
  for (i = 0; i < data; i++) words[1 + i] = 0;
  for (i = 0; i < count; i++)
    words[1 + i / LANES] |= (uint64_t)(uint16_t)activations[i] << i % LANES * LANE_BITS;
  return 1 + data;
}

/* Take and drop the words that wait. */
static int drain(const zskip_io *io) {
  uint64_t word;
  size_t got;
  do {
    if (io->receive(io->context, &word, 1, &got)) return ZSKIP_BUS;
  } while (got);
  return ZSKIP_OK;
}

int zskip_abort(const zskip_io *io) {
  uint32_t status;
  int polls;
  if (write32(io, ZSKIP_CONTROL, BIT(CONTROL_ABORT))) return ZSKIP_BUS;
  for (polls = 0; polls < 100; polls++) {
    if (read32(io, ZSKIP_STATUS, &status)) return ZSKIP_BUS;
    if (!(status & BIT(STATUS_BUSY))) return drain(io);
  }
  return ZSKIP_TIMEOUT;
}

int zskip_error(const zskip_io *io, zskip_error_info *error) {
  if (read32(io, ZSKIP_ERROR, &error->code)) return ZSKIP_BUS;
  if (read32(io, ZSKIP_ERROR_BEAT, &error->beat)) return ZSKIP_BUS;
  return read64(io, ZSKIP_ERROR_HEADER, &error->header);
}

int zskip_read_counters(const zskip_io *io, zskip_counters *counters) {
  if (read32(io, ZSKIP_RUN_CYCLES, &counters->run_cycles)) return ZSKIP_BUS;
  if (read32(io, ZSKIP_LOAD_CYCLES, &counters->load_cycles)) return ZSKIP_BUS;
  if (read32(io, ZSKIP_READ_CYCLES, &counters->read_cycles)) return ZSKIP_BUS;
  if (read32(io, ZSKIP_WAIT_CYCLES, &counters->wait_cycles)) return ZSKIP_BUS;
  if (read32(io, ZSKIP_LOAD_BEATS, &counters->load_beats)) return ZSKIP_BUS;
  if (read32(io, ZSKIP_READ_BEATS, &counters->read_beats)) return ZSKIP_BUS;
  if (read64(io, ZSKIP_TOTAL_RUNS, &counters->total_runs)) return ZSKIP_BUS;
  if (read64(io, ZSKIP_TOTAL_CYCLES, &counters->total_cycles)) return ZSKIP_BUS;
  if (read64(io, ZSKIP_TOTAL_LOAD_BEATS, &counters->total_load_beats)) return ZSKIP_BUS;
  if (read64(io, ZSKIP_TOTAL_READ_BEATS, &counters->total_read_beats)) return ZSKIP_BUS;
  if (read64(io, ZSKIP_TOTAL_LOAD_WAIT_CYCLES, &counters->total_load_wait_cycles)) return ZSKIP_BUS;
  return read64(io, ZSKIP_TOTAL_READ_WAIT_CYCLES, &counters->total_read_wait_cycles);
}
