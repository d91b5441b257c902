/* kind.h - what the kinds of application share. */
#ifndef FTBLAB_KIND_H
#define FTBLAB_KIND_H

#include "component.h"

/* The parameter NAME of an application; the schema has seen to it that it is a number, or has a default. */
double ftblab_kind_number(const cJSON *parameters, const char *name);
/* The ranks before and behind RANK, in a row of all. Their count. */
int ftblab_kind_neighbours(ftblab_rank *rank, int neighbours[2]);

#endif
