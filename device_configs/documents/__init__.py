"""What engineers hang on the wall, stick on cables and file: all of it from the declaration.

Pure: a :class:`~device_configs.site.model.Site` goes in, typed rows, tables in either language,
SVG text and the bytes of a workbook come out. No secret is in a site, so none is in a document.
(The files a declaration is read from are :mod:`device_configs.site.documents`.)
"""
