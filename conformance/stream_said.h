/* stream_said.h - what facts say. A job that is started again and again, on much the same nodes, says the same each
 * time: a payload is kept and read once for all facts that have it. Nodes and jobs are words, as numbers. */
#ifndef FTBLAB_STREAM_SAID_H
#define FTBLAB_STREAM_SAID_H

#include "stream.h"

/* The words of a payload: jobs, then the nodes where a job runs, then other nodes; as often as they are named. */
typedef struct said {
  char *payload; /* this, the words and the ranks stand behind it, in the same piece of memory */
  uint32_t length, hash;
  uint32_t users;             /* facts that are kept: without any it is forgotten */
  uint32_t *words;            /* by number */
  uint32_t jobs, here, count; /* the first JOBS words are jobs; those up to HERE, the nodes where a job runs */
  uint32_t move[3];  /* words: the job that moves, from where and to where, or NONE; only if there is one of each */
  rank_range *ranks; /* of the job, there */
  uint32_t rank_count;
  struct said *next; /* what was said behind it the last time */
  /* of stream_facts.c */
  uint32_t newest; /* the newest mention + 1 */
  bool whole;      /* it was the last that spoke of each of its nodes */
} said;

typedef struct said_table {
  said **slots; /* by hash; a power of two of them, at most half of them taken */
  uint32_t slot_count, count;
  said *last; /* that was found; facts of a large job come in the same order again and again */
  ftblab_names *names;
  ftblab_slice *words; /* by number: the name, "n" or "j" before it: nodes and jobs may have one name */
  uint32_t word_count, word_capacity;
  uint32_t *read, read_count, read_capacity; /* scratch: the words of a payload */
} said_table;

bool ftblab_said_init(said_table *table); /* false: no memory, as below */
void ftblab_said_free(said_table *table);
said *ftblab_said_find(said_table *table, ftblab_slice payload); /* NULL: nobody said it yet */
/* What PAYLOAD says, which is new and was read into s->probe->payload. NULL: no memory. */
said *ftblab_said_add(stream *s, said_table *table, ftblab_slice payload);
/* The node NUMBER alone, outside of the table: the caller's to free. NULL: no memory. */
said *ftblab_said_alone(uint32_t number);
uint32_t ftblab_said_word(const said_table *table, const word *w); /* its number; NONE: it has none */
/* Forget what no fact says any more. The words of the others get new numbers. False: no memory, and TABLE is good for
 * nothing but to be freed. */
bool ftblab_said_forget(said_table *table);

#endif
