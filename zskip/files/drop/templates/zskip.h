/* Driver of a block behind AXI: load a network, run input vectors, read counters.
 *
 * C99, no allocation, no dependency beyond <stddef.h> and <stdint.h>. How registers and streams are
 * reached is up to the four functions of a `zskip_io`; all functions return ZSKIP_OK or an error.
 */
#ifndef ZSKIP_H
#define ZSKIP_H

#include <stddef.h>
#include <stdint.h>

#include "zskip_registers.h"

#ifdef __cplusplus
extern "C" {
#endif

enum zskip_result {
  ZSKIP_OK = 0,
  ZSKIP_BUS = -1,      /* a function of zskip_io has failed */
  ZSKIP_UNKNOWN = -2,  /* no block, or one whose register map has another version */
  ZSKIP_REFUSED = -3,  /* the block reports an error: zskip_error tells which */
  ZSKIP_TIMEOUT = -4,  /* the runs have not ended within the polls that were given */
  ZSKIP_ROOM = -5,     /* there are more results than there is room for */
  ZSKIP_PACKET = -6    /* words that are no whole packets */
};

/* Way to a block. The functions return 0, or anything else where they fail. */
typedef struct {
  void *context; /* handed to each function */
  /* Read and write a register of 32 bits; `address` counts bytes from the block's first one. */
  int (*read)(void *context, uint32_t address, uint32_t *value);
  int (*write)(void *context, uint32_t address, uint32_t value);
  /* Send words to s_axis, `tlast` with the last one. */
  int (*send)(void *context, const uint64_t *words, size_t count);
  /* Take words that m_axis has sent, at most `room`, without waiting; `count` may be 0. */
  int (*receive)(void *context, uint64_t *words, size_t room, size_t *count);
} zskip_io;

typedef struct {
  uint32_t code;   /* ZSKIP_CODE_...; 0 without an error */
  uint32_t beat;   /* number of the beat with the header that was refused */
  uint64_t header; /* that header */
} zskip_error_info;

typedef struct {
  uint32_t run_cycles, load_cycles, read_cycles, wait_cycles, load_beats, read_beats;
  uint64_t total_runs, total_cycles, total_load_beats, total_read_beats;
  uint64_t total_load_wait_cycles, total_read_wait_cycles;
} zskip_counters;

/* Check that there is a block, and bring it to rest by an abort. */
int zskip_open(const zskip_io *io);

/* Send whole load packets, such as the words of load.hex or of an input vector. */
int zskip_load(const zskip_io *io, const uint64_t *words, size_t count);

/* Start, and wait until the run has ended and all results are here; `count` is their words, for
 * which `room` may be exact. After ZSKIP_TIMEOUT or ZSKIP_ROOM the run may still be under way, and
 * words be left: zskip_abort ends it and drops them. */
int zskip_run(const zskip_io *io, uint64_t *results, size_t room, size_t *count, uint32_t polls);

/* Run input vectors, `words` words of load packets each, one behind the other. Where the block
 * keeps a start, the next one is loaded while one is computed, and results leave meanwhile. */
int zskip_run_many(const zskip_io *io, const uint64_t *inputs, size_t words, size_t vectors,
                   uint64_t *results, size_t room, size_t *count, uint32_t polls);

/* The two halves of zskip_run. Where weights are streamed, zskip_load sends the words of tiles.hex
 * between them, for every input vector. */
int zskip_start(const zskip_io *io);
int zskip_finish(const zskip_io *io, uint64_t *results, size_t room, size_t *count, uint32_t polls);

/* Return the data words of the first packet of a kind (0 outputs, 1 counters) behind `*at`, and
 * move `*at` behind it; NULL without one. Begin with `*at` 0. */
const uint64_t *zskip_packet(const uint64_t *results, size_t count, size_t *at, uint32_t kind,
                             size_t *words);

/* Output or activation `index` of data words, in fixed point. */
int16_t zskip_activation(const uint64_t *words, size_t index);

/* Put activations into the words of a load packet for the target of activations; returns how many
 * words: 1 + (count + 3) / 4. */
size_t zskip_pack(uint32_t target, const int16_t *activations, size_t count, uint64_t *words);

/* End whatever is under way, clear the error and drop the words that `receive` still has; the
 * memories keep what they hold. */
int zskip_abort(const zskip_io *io);

/* The first error since reset or abort. */
int zskip_error(const zskip_io *io, zskip_error_info *error);

/* Counters of the last run, and the totals. */
int zskip_read_counters(const zskip_io *io, zskip_counters *counters);

#ifdef __cplusplus
}
#endif

#endif
