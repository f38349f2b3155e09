"""The system segments: every value of every family, the unknown one included."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

UNKNOWN = ("unknown", "Chưa rõ", "Unknown")

# Families without bounds: key, Vietnamese name, English name, and where useful both descriptions.
VALUES: dict[str, list[tuple[str, ...]]] = {
    "gender": [
        ("male", "Nam", "Male"),
        ("female", "Nữ", "Female"),
        ("other", "Giới tính khác", "Other gender"),
        UNKNOWN,
    ],
    "income": [
        ("under_5", "Dưới 5 triệu/tháng", "Under 5 million a month"),
        ("from_5", "5 đến dưới 10 triệu/tháng", "5 to under 10 million a month"),
        ("from_10", "10 đến dưới 15 triệu/tháng", "10 to under 15 million a month"),
        ("from_15", "15 đến dưới 20 triệu/tháng", "15 to under 20 million a month"),
        ("from_20", "20 đến dưới 30 triệu/tháng", "20 to under 30 million a month"),
        ("from_30", "30 đến dưới 50 triệu/tháng", "30 to under 50 million a month"),
        ("from_50", "Từ 50 triệu/tháng", "50 million a month and more"),
        UNKNOWN,
    ],
    "education": [
        ("primary", "Tiểu học", "Primary school"),
        ("lower_secondary", "Trung học cơ sở", "Lower secondary school"),
        ("upper_secondary", "Trung học phổ thông", "Upper secondary school"),
        ("vocational", "Trung cấp nghề", "Vocational school"),
        ("college", "Cao đẳng", "College"),
        ("university", "Đại học", "University degree"),
        ("postgraduate", "Sau đại học", "Postgraduate"),
        UNKNOWN,
    ],
    "occupation": [
        ("0", "Lực lượng vũ trang", "Armed forces"),
        ("1", "Nhà lãnh đạo, quản lý", "Leaders and managers"),
        ("2", "Chuyên môn bậc cao", "Professionals"),
        ("3", "Chuyên môn bậc trung", "Technicians and associate professionals"),
        ("4", "Trợ lý văn phòng", "Office clerks"),
        ("5", "Dịch vụ và bán hàng", "Service and sales workers"),
        ("6", "Nông, lâm nghiệp và thủy sản", "Skilled farming, forestry and fishery workers"),
        ("7", "Thợ thủ công", "Craft workers"),
        ("8", "Vận hành máy móc", "Machine operators and assemblers"),
        ("9", "Lao động giản đơn", "Unskilled workers"),
        ("student", "Học sinh, sinh viên", "Pupil or student"),
        ("homemaker", "Nội trợ", "Homemaker"),
        ("retired", "Nghỉ hưu", "Retired"),
        ("not_working", "Không đi làm", "Not working"),
        UNKNOWN,
    ],
    "marital": [
        ("single", "Độc thân", "Single"),
        ("married", "Đã kết hôn", "Married"),
        ("divorced", "Ly hôn", "Divorced"),
        ("widowed", "Góa", "Widowed"),
        UNKNOWN,
    ],
    "children": [
        ("under_6", "Có con dưới 6 tuổi", "Has a child under 6"),
        ("from_6", "Con nhỏ nhất 6–17 tuổi", "Youngest child is 6–17"),
        ("grown", "Con đã trưởng thành", "Grown children"),
        ("age_unknown", "Có con, chưa rõ tuổi", "Has children, ages unknown"),
        ("none", "Chưa có con", "No children"),
        UNKNOWN,
    ],
    "channel": [
        ("store", "Tại cửa hàng", "In store"),
        ("marketplace", "Sàn thương mại điện tử", "Marketplace"),
        ("social", "Mạng xã hội", "Social network"),
        ("website", "Website hoặc ứng dụng", "Website or app"),
        ("phone", "Điện thoại", "Phone"),
        ("field", "Nhân viên thị trường", "Field staff"),
        ("none", "Chưa mua hàng", "Has not bought yet"),
    ],
    "reach": [
        ("direct", "Chỉ mua trực tiếp", "Buys only directly"),
        ("online", "Chỉ mua trực tuyến", "Buys only online"),
        ("both", "Mua cả hai cách", "Buys both ways"),
        ("none", "Không mua trong 12 tháng", "No purchase in 12 months"),
    ],
    "rfm": [
        (
            "champions",
            "Tốt nhất",
            "Champions",
            "Vừa mua gần đây và mua rất thường xuyên. Mời dùng thử hàng mới.",
            "Bought lately and buy very often. Invite them to try new goods.",
        ),
        (
            "loyal",
            "Trung thành",
            "Loyal",
            "Mua thường xuyên, lần gần nhất chưa lâu. Giữ nhịp, tích điểm.",
            "Buy often and not long ago. Keep the rhythm, reward them.",
        ),
        (
            "potential_loyalist",
            "Tiềm năng trung thành",
            "Potential loyalists",
            "Mua gần đây, đã mua hơn một lần. Gợi ý sản phẩm đi kèm.",
            "Bought lately, more than once. Suggest goods that go with it.",
        ),
        (
            "new",
            "Mới",
            "New",
            "Vừa mua gần đây, mới ít lần. Hỏi thăm sau 7 ngày.",
            "Bought lately, so far few times. Ask after 7 days how it went.",
        ),
        (
            "promising",
            "Hứa hẹn",
            "Promising",
            "Mua khá gần đây, ít lần. Nhắc đơn tiếp theo.",
            "Bought fairly lately, few times. Remind them of a next purchase.",
        ),
        (
            "need_attention",
            "Cần chú ý",
            "Need attention",
            "Từng mua đều, đã một thời gian chưa quay lại. Gọi hỏi thăm.",
            "Used to buy steadily, have not come for a while. Give them a call.",
        ),
        (
            "about_to_sleep",
            "Sắp ngủ đông",
            "About to sleep",
            "Mua ít lần, đã một thời gian chưa quay lại. Ưu đãi có hạn.",
            "Bought few times, not for a while. Make an offer with a deadline.",
        ),
        (
            "at_risk",
            "Nguy cơ rời bỏ",
            "At risk",
            "Từng mua thường xuyên, đã lâu chưa mua. Gọi, hỏi lý do.",
            "Used to buy often, not for long. Call and ask why.",
        ),
        (
            "cannot_lose",
            "Không thể để mất",
            "Cannot lose them",
            "Từng mua nhiều lần nhất, đã lâu chưa mua. Chuyên viên gọi trong tuần.",
            "Used to buy most often, not for long. Their officer calls this week.",
        ),
        (
            "hibernating",
            "Ngủ đông",
            "Hibernating",
            "Mua ít lần và đã lâu. Kéo khách quay lại bằng ưu đãi.",
            "Bought few times and long ago. Win them back with an offer.",
        ),
        (
            "lost",
            "Đã mất",
            "Lost",
            "Mua rất ít và lâu nhất. Không gọi, gửi một tin.",
            "Bought least and longest ago. No call, one message.",
        ),
        (
            "prospect",
            "Khách hàng tiềm năng",
            "Prospects",
            "Có nhu cầu, chưa mua lần nào.",
            "Have a need and have not bought yet.",
        ),
    ],
    "rfm_cell": [
        *((f"r{r}f{f}", f"R{r} F{f}", f"R{r} F{f}") for r in (5, 4, 3, 2, 1) for f in (1, 2, 3, 4, 5)),
        ("prospect", "Khách hàng tiềm năng", "Prospects"),
    ],
}

# Banded families: key, lower bound, Vietnamese name, English name; then those who are in no band.
BANDS: dict[str, tuple[list[tuple[str, int, str, str]], tuple[str, str, str] | None]] = {
    "age": (
        [
            ("child", 0, "Thiếu nhi", "Children"),
            ("teenager", 13, "Thanh thiếu niên", "Teenagers"),
            ("young", 20, "Thanh niên", "Young adults"),
            ("adult", 30, "Người trưởng thành", "Adults"),
            ("middle_aged", 40, "Trung niên", "Middle-aged"),
            ("elderly", 60, "Người cao tuổi", "Elderly"),
        ],
        UNKNOWN,
    ),
    "household": (
        [
            ("one", 1, "Sống một mình", "Live alone"),
            ("two", 2, "Nhà hai người", "Two people"),
            ("small", 3, "Gia đình nhỏ", "Small family"),
            ("large", 5, "Gia đình lớn", "Large family"),
        ],
        UNKNOWN,
    ),
    "quantity": (
        [
            ("few", 0, "Mua ít", "Few units"),
            ("some", 5, "Mua vừa", "Some units"),
            ("many", 20, "Mua khá nhiều", "Many units"),
            ("very_many", 50, "Mua nhiều", "Very many units"),
            ("most", 150, "Mua rất nhiều", "Most units"),
        ],
        ("none", "Không mua trong 12 tháng", "No purchase in 12 months"),
    ),
    "frequency": (
        [
            ("none", 0, "Không mua trong 12 tháng", "No purchase in 12 months"),
            ("once", 1, "Mua một lần", "Once"),
            ("sometimes", 2, "Thỉnh thoảng mua", "Sometimes"),
            ("regular", 4, "Mua đều", "Regularly"),
            ("often", 12, "Mua thường xuyên", "Often"),
            ("very_often", 24, "Mua rất thường xuyên", "Very often"),
        ],
        None,
    ),
    "value": (
        [
            ("low", 0, "Chi tiêu thấp", "Low spend"),
            ("medium", 1_000_000, "Chi tiêu vừa", "Medium spend"),
            ("fair", 5_000_000, "Chi tiêu khá", "Fair spend"),
            ("high", 20_000_000, "Chi tiêu cao", "High spend"),
            ("very_high", 50_000_000, "Chi tiêu rất cao", "Very high spend"),
        ],
        ("none", "Không mua trong 12 tháng", "No purchase in 12 months"),
    ),
    "basket": (
        [
            ("small", 0, "Đơn nhỏ", "Small orders"),
            ("medium", 200_000, "Đơn vừa", "Medium orders"),
            ("fair", 500_000, "Đơn khá", "Fair orders"),
            ("large", 1_000_000, "Đơn lớn", "Large orders"),
            ("very_large", 3_000_000, "Đơn rất lớn", "Very large orders"),
        ],
        ("none", "Không mua trong 12 tháng", "No purchase in 12 months"),
    ),
}
# The order in which refresh writes the keys of a customer, so the order in which they are made.
FAMILIES = (
    "age",
    "gender",
    "income",
    "education",
    "occupation",
    "marital",
    "children",
    "household",
    "quantity",
    "frequency",
    "value",
    "basket",
    "channel",
    "reach",
    "rfm",
    "rfm_cell",
)


def rows_of(family: str) -> list[dict[str, object]]:
    if family not in BANDS:
        return [
            {
                "key": key,
                "name_vi": name_vi,
                "name_en": name_en,
                "description_vi": description[0] if description else "",
                "description_en": description[1] if description else "",
            }
            for key, name_vi, name_en, *description in VALUES[family]
        ]
    bands, outside = BANDS[family]
    rows: list[dict[str, object]] = [
        {"key": key, "lower_bound": bound, "name_vi": name_vi, "name_en": name_en}
        for key, bound, name_vi, name_en in bands
    ]
    if outside:
        rows.append({"key": outside[0], "name_vi": outside[1], "name_en": outside[2]})
    return rows


def create_segments(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    segment_model = apps.get_model("segments", "Segment")
    segment_model.objects.bulk_create(
        segment_model(family=family, position=position, is_system=True, **row)
        for family in FAMILIES
        for position, row in enumerate(rows_of(family), start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]

    operations = [migrations.RunPython(create_segments, migrations.RunPython.noop)]
