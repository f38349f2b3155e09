from django.urls import include, path

from customers.views import (
    customer_list,
    duplicates,
    editing,
    filter_builder,
    merging,
    palette,
    portfolio,
    record,
    status,
    trash,
)

app_name = "customers"

urlpatterns = [
    path("", customer_list.customer_list, name="list"),
    path("filter/", customer_list.customer_filter, name="filter"),
    path("filter/groups/", filter_builder.filter_builder, name="filter-builder"),
    path("palette/", palette.palette, name="palette"),
    path("imports/", include("customers.import_urls")),
    path("new/", editing.create, name="create"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/merged/", merging.merges, name="merges"),
    path("duplicates/merged/<int:pk>/undo/", merging.unmerge, name="unmerge"),
    path("duplicates/<int:pk>/merge/<int:other>/", merging.merge, name="merge"),
    path("duplicates/<int:pk>/apart/<int:other>/", duplicates.not_duplicates, name="set_apart"),
    path("<int:pk>/", record.detail, name="detail"),
    path("<int:pk>/timeline/", record.timeline, name="timeline"),
    path("<int:pk>/edit/", editing.edit, name="edit"),
    path("<int:pk>/deactivate/", status.deactivate, name="deactivate"),
    path("<int:pk>/reactivate/", status.reactivate, name="reactivate"),
    path("<int:pk>/reassign/", portfolio.reassign, name="reassign"),
    path("<int:pk>/delete/", trash.delete, name="delete"),
    path("trash/", trash.trash_list, name="trash"),
    path("trash/<int:pk>/restore/", trash.restore, name="restore"),
    path("portfolio/", portfolio.portfolios, name="portfolios"),
    path("portfolio/covers/<int:pk>/end/", portfolio.end_cover, name="cover-end"),
    path("portfolio/<slug:whose>/", portfolio.one_portfolio, name="portfolio"),
    path("portfolio/<slug:whose>/move/", portfolio.move, name="portfolio-move"),
    path("portfolio/<slug:whose>/split/", portfolio.split, name="portfolio-split"),
    path("portfolio/<slug:whose>/cover/", portfolio.cover, name="portfolio-cover"),
]
