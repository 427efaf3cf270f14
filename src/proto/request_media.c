/* Images, documents and search results (messages-api §6). */
#include "proto/chat_text.h"
#include "proto/request_reader.h"

enum source_field { SF_TYPE, SF_MEDIA, SF_DATA, SF_URL, SF_CONTENT, SF_FIELDS };

static int open_source(struct request_reader *r, const struct block *b, jref *f)
{
	static const struct str names[] = {
	    [SF_TYPE] = STR("type"),	   [SF_MEDIA] = STR("media_type"),
	    [SF_DATA] = STR("data"),	   [SF_URL] = STR("url"),
	    [SF_CONTENT] = STR("content"),
	};

	if (reader_recorded(r, &b->at, b->f[BF_SOURCE]) < 0)
		return -1;
	json_fields(r->doc, b->f[BF_SOURCE], names, SF_FIELDS, f);
	return 0;
}

static void add(struct request_reader *r, struct chat_items *out,
		struct str text)
{
	chat_items_add(out, r->arena, ITEM_TEXT, text);
}

static void glue(struct request_reader *r, struct chat_items *out,
		 struct str text)
{
	if (text.n)
		chat_items_add(out, r->arena, ITEM_TEXT, text)->glued = true;
}

/* By the first bytes, as base64 shows them. */
static struct str sniff(struct str data)
{
	static const struct {
		const char *start;
		struct str type;
	} magic[] = {
	    {"iVBORw0KGgo", STR("image/png")},
	    {"/9j/", STR("image/jpeg")},
	    {"R0lGOD", STR("image/gif")},
	    {"UklGR", STR("image/webp")},
	};

	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++) {
		if (chat_text_starts(data, magic[i].start, NULL))
			return magic[i].type;
	}
	return STR("image/png");
}

static int add_image(struct request_reader *r, const struct block *b,
		     struct str text, struct str media, struct chat_items *out)
{
	struct chat_item *item;

	if (b->assistant) {
		add(r, out, STR("[image omitted]"));
		return 0;
	}
	item = chat_items_add_more(out, r->arena, ITEM_IMAGE, text);
	item->more->name = media;
	r->out->has_images = true;
	return 0;
}

int request_image_read(struct request_reader *r, const struct block *b,
		       struct chat_items *out)
{
	struct str data, url, media;
	jref f[SF_FIELDS];

	if (open_source(r, b, f) < 0 ||
	    reader_optional_chars(r, f[SF_DATA], &data) < 0 ||
	    reader_optional_chars(r, f[SF_URL], &url) < 0 ||
	    reader_optional_chars(r, f[SF_MEDIA], &media) < 0)
		return -1;
	if (jdoc_string_is(r->doc, f[SF_TYPE], "file"))
		return reader_fail(r, &b->at, "image.source",
				   "file references are not available on this "
				   "gateway");
	if (jdoc_string_is(r->doc, f[SF_TYPE], "base64") && data.n)
		return add_image(r, b, data, media.n ? media : sniff(data),
				 out);
	if (jdoc_string_is(r->doc, f[SF_TYPE], "url") && url.n)
		return add_image(r, b, url, STR_NONE, out);
	return reader_fail(r, &b->at, "image.source",
			   "Input should be base64 or url");
}

struct document {
	const struct block *b;
	jref f[SF_FIELDS];
	struct str title, context; /* chars, empty if absent */
};

typedef int document_reader(struct request_reader *r, const struct document *d,
			    struct chat_items *out);

/* `<document title="..." context="...">` */
static void open_tag(struct request_reader *r, const struct document *d,
		     struct chat_items *out)
{
	add(r, out, STR("<document"));
	if (d->title.n) {
		glue(r, out, STR(" title=\\\""));
		glue(r, out, d->title);
		glue(r, out, STR("\\\""));
	}
	if (d->context.n) {
		glue(r, out, STR(" context=\\\""));
		glue(r, out, d->context);
		glue(r, out, STR("\\\""));
	}
	glue(r, out, STR(">"));
}

static int read_plain(struct request_reader *r, const struct document *d,
		      struct chat_items *out)
{
	struct str data;

	if (reader_chars(r, &d->b->at, "document.source.data", d->f[SF_DATA],
			 &data) < 0)
		return -1;
	open_tag(r, d, out);
	glue(r, out, STR("\\n"));
	glue(r, out, data);
	glue(r, out, STR("\\n</document>"));
	return 0;
}

static int read_part(struct request_reader *r, const struct block *outer,
		     size_t index, jref v, struct chat_items *out)
{
	struct block b = {.at = {&outer->at, "document.source.content", index},
			  .assistant = outer->assistant,
			  .nested = true};
	struct str chars;

	if (block_open(r, v, &b) < 0)
		return -1;
	if (block_is(r, &b, "image"))
		return request_image_read(r, &b, out);
	if (!block_is(r, &b, "text"))
		return request_gather(r, &b, v, out);
	if (reader_chars(r, &b.at, "text.text", b.f[BF_TEXT], &chars) < 0)
		return -1;
	if (chars.n)
		add(r, out, chars);
	return 0;
}

/* The tags appear only when there is a title or a context to keep. */
static int read_parts(struct request_reader *r, const struct document *d,
		      struct chat_items *out)
{
	jref content = d->f[SF_CONTENT];
	bool tagged = d->title.n || d->context.n;
	struct str chars;
	size_t index = 0;

	if (reader_recorded(r, &d->b->at, content) < 0 ||
	    reader_optional_chars(r, content, &chars) < 0)
		return -1;
	if (jdoc_type(r->doc, content) < J_STRING ||
	    jdoc_type(r->doc, content) > J_ARRAY)
		return reader_fail(r, &d->b->at, "document.source.content",
				   "Input should be a valid string or list");
	if (tagged)
		open_tag(r, d, out);
	if (chars.n)
		add(r, out, chars);
	for (jref v = jdoc_first(r->doc, content); v != JNONE;
	     v = jdoc_next(r->doc, content, v)) {
		if (read_part(r, d->b, index++, v, out) < 0)
			return -1;
	}
	if (tagged)
		add(r, out, STR("</document>"));
	return 0;
}

static void placeholder(struct request_reader *r, const struct document *d,
			struct str what, struct str why, struct chat_items *out)
{
	add(r, out, STR("[document "));
	if (d->title.n) {
		glue(r, out, STR("\\\""));
		glue(r, out, d->title);
		glue(r, out, STR("\\\" "));
	}
	glue(r, out, what);
	glue(r, out, why);
	r->out->dropped |= DROPPED_DOCUMENTS;
}

static int read_base64(struct request_reader *r, const struct document *d,
		       struct chat_items *out)
{
	struct chat_item *item;
	struct str data, media;

	if (reader_chars(r, &d->b->at, "document.source.data", d->f[SF_DATA],
			 &data) < 0 ||
	    reader_optional_chars(r, d->f[SF_MEDIA], &media) < 0)
		return -1;
	if (media.n &&
	    !jdoc_string_is(r->doc, d->f[SF_MEDIA], "application/pdf")) {
		placeholder(r, d, media,
			    STR(" omitted: this model cannot read it]"), out);
		return 0;
	}
	item = chat_items_add_more(out, r->arena, ITEM_PDF, data);
	item->more->name = d->title.n ? d->title : STR("document.pdf");
	return 0;
}

static int read_url(struct request_reader *r, const struct document *d,
		    struct chat_items *out)
{
	struct str url;

	if (reader_chars(r, &d->b->at, "document.source.url", d->f[SF_URL],
			 &url) < 0)
		return -1;
	placeholder(r, d, url,
		    STR(" omitted: this gateway does not fetch documents]"),
		    out);
	return 0;
}

static int read_file(struct request_reader *r, const struct document *d,
		     struct chat_items *out)
{
	(void)out;
	return reader_fail(r, &d->b->at, "document.source",
			   "file references are not available on this gateway");
}

int request_document_read(struct request_reader *r, const struct block *b,
			  struct chat_items *out)
{
	static const struct {
		const char *type;
		document_reader *read;
	} types[] = {
	    {"text", read_plain},    {"content", read_parts},
	    {"base64", read_base64}, {"url", read_url},
	    {"file", read_file},
	};
	struct document d = {.b = b};

	if (open_source(r, b, d.f) < 0 ||
	    reader_optional_chars(r, b->f[BF_TITLE], &d.title) < 0 ||
	    reader_optional_chars(r, b->f[BF_CONTEXT], &d.context) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (jdoc_string_is(r->doc, d.f[SF_TYPE], types[i].type))
			return types[i].read(r, &d, out);
	}
	return reader_fail(r, &b->at, "document.source",
			   "Input should be base64, text, content or url");
}

/* The texts of content, glued on with line ends between them; anything else
 * goes to others. */
static int glue_texts(struct request_reader *r, const struct block *b,
		      struct chat_items *out, struct chat_items *others)
{
	struct chat_items found = {NULL, 0, 0};
	bool first = true;

	if (request_gather(r, b, b->f[BF_CONTENT], &found) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		const struct chat_item *item = &found.v[i];

		if (item->kind != ITEM_TEXT) {
			*chat_items_add(others, r->arena, item->kind,
					item->text) = *item;
			continue;
		}
		if (!first && !item->glued)
			glue(r, out, STR("\\n"));
		glue(r, out, item->text);
		first = false;
	}
	return 0;
}

int request_search_result_read(struct request_reader *r, const struct block *b,
			       struct chat_items *out)
{
	struct chat_items others = {NULL, 0, 0};
	struct str title, source;

	if (reader_optional_chars(r, b->f[BF_TITLE], &title) < 0 ||
	    reader_optional_chars(r, b->f[BF_SOURCE], &source) < 0)
		return -1;
	add(r, out, STR("<search_result title=\\\""));
	glue(r, out, title);
	glue(r, out, STR("\\\" source=\\\""));
	glue(r, out, source);
	glue(r, out, STR("\\\">\\n"));
	if (glue_texts(r, b, out, &others) < 0)
		return -1;
	glue(r, out, STR("\\n</search_result>"));
	for (size_t i = 0; i < others.n; i++)
		*chat_items_add(out, r->arena, ITEM_TEXT, STR_NONE) =
		    others.v[i];
	return 0;
}
