"""The pages that examgraph shows to browsers: their templates, their build, and what is put into them."""
