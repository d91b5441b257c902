/* notation.c - how a row and a record are written in findings, so that what was expected and what came can be compared
 * at a glance: "Monitoring System catch CONFIRM_NODES_DEAD (nodes: {n5})". */
#include "explain.h"

void ftblab_notate_row(const ftblab_exact *checker, const ftblab_row *row, const binding *bound, ftblab_text *text)
{
  const ftblab_spec *spec = checker->spec;
  ftblab_text_addf(text, "%s %s %s (", spec->roles[row->component].name, ftblab_action_name(row->action),
                   spec->events[row->event].name);
  for (size_t t = 0; t < row->term_count; t++) {
    const ftblab_term *term = &row->terms[t];
    value v = term->kind == FTBLAB_TERM_WILD ? 0 : bound->of[term->variable];
    ftblab_text_addf(text, "%s%s: ", t > 0 ? ", " : "", spec->keys[term->key]);
    if (v != 0)
      ftblab_text_addf(text, "{%s}", ftblab_value_text(checker, v));
    else
      ftblab_text_addf(text, "%s", term->kind == FTBLAB_TERM_WILD ? "*" : spec->variables[term->variable]);
  }
  ftblab_text_add(text, ")");
}

void ftblab_notate_entry(const ftblab_exact *checker, const entry *e, ftblab_text *text)
{
  ftblab_text_addf(text, "%s %s %s (", e->component, ftblab_action_name(e->action),
                   checker->spec->events[e->event].name);
  for (uint32_t k = 0; k < e->key_count; k++)
    ftblab_text_addf(text, "%s%s: {%s}", k > 0 ? ", " : "", checker->spec->keys[e->keys[k].key],
                     ftblab_value_text(checker, e->keys[k].whole));
  ftblab_text_add(text, ")");
}

void ftblab_notate_roles(const ftblab_exact *checker, uint64_t roles, ftblab_text *text)
{
  const char *separator = "";
  for (size_t r = 0; r < checker->spec->role_count; r++)
    if (roles & (uint64_t)1 << r) {
      ftblab_text_addf(text, "%s%s", separator, checker->spec->roles[r].name);
      separator = ", ";
    }
  if (*separator == '\0')
    ftblab_text_add(text, "nobody");
}
