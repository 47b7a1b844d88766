#ifndef FP_TESTS_STORE_SAMPLE_H
#define FP_TESTS_STORE_SAMPLE_H

#include "store/store.h"

/* A protocol with all three sources, and sources made in memory. All of it is synthetic. */
void sample_protocol(fp_protocol *protocol);
/* People p1, p2, ...: `version` stands in every row and in the hash of the file. */
void sample_people(fp_source *source, ptrdiff_t rows, int version, fp_arena *arena);
/* Three jobs, with texts that are hard on an encoder. */
void sample_episodes(fp_source *source);
/* Two coaches. */
void sample_coaches(fp_source *source);

/* Import a source as the analyst, whatever comes of it. */
fp_status sample_import(fp_ledger *ledger, const fp_protocol *protocol, const fp_source *source,
                        fp_err *err);

/* Same rows, texts and lines. */
void sample_same(const fp_source *a, const fp_source *b);

#endif
